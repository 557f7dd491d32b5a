//! What somebody of the team answered to a question of the desk, and whether it stands in what was signed.

use super::Mail;
use crate::desk::Asking;
use crate::mail::opened::SignedText;
use crate::mail::own::{OwnText, own_text, signed_text};

/// What `read` finds in a mail at a reply address of `holder`, and how far that proves who asks. Who says nothing that it
/// finds is proven all the same by what they signed.
pub fn asking<'a, T>(
    mail: &Mail<'a>,
    holder: Option<i64>,
    read: impl Fn(&OwnText) -> Option<T>,
) -> (Option<T>, Asking<'a>) {
    let (found, signed) = typed(mail, read);
    let asking = Asking {
        inbox: mail.id,
        incoming: mail.incoming,
        signed: if found.is_none() { mail.opened.signed.as_ref() } else { signed },
        received_at: mail.received_at,
        holder,
        names_it: false,
    };
    (found, asking)
}

/// What `read` finds in the text of a mail, and the signed text if it stands there: then it is its signer's, whoever sent
/// the mail. What is typed outside of the signature is not under it.
fn typed<'a, T>(mail: &Mail<'a>, read: impl Fn(&OwnText) -> Option<T>) -> (Option<T>, Option<&'a SignedText>) {
    if let Some(signed) = &mail.opened.signed
        && let Some(found) = read(&signed_text(signed))
    {
        return (Some(found), Some(signed));
    }
    (read(&own_text(mail.readable)), None)
}
