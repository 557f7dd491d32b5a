//! What somebody of the team answered to a question of the desk, and whether it stands in what was signed.

use super::Mail;
use crate::mail::opened::SignedText;
use crate::mail::own::{OwnText, own_text, signed_text};

/// What `read` finds in the text of a mail, and the signed text if it stands there: then it is its signer's, whoever sent
/// the mail. What is typed outside of the signature is not under it.
pub fn typed<'a, T>(mail: &Mail<'a>, read: impl Fn(&OwnText) -> Option<T>) -> (Option<T>, Option<&'a SignedText>) {
    if let Some(signed) = &mail.opened.signed
        && let Some(found) = read(&signed_text(signed))
    {
        return (Some(found), Some(signed));
    }
    (read(&own_text(mail.readable)), None)
}
