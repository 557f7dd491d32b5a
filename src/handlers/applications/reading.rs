//! Reading a mail of the list for applications: whose words it holds, to which application it belongs, who writes, and
//! whether it came before. It changes nothing.

use anyhow::{Context, Result};

use crate::desk::Desk;
use crate::handlers::{Mail, report, team_member};
use crate::mail::address::{Address, Mailbox};
use crate::mail::incoming::Incoming;
use crate::mail::sheet::{By, Sheet, sheet};
use crate::rules::checklist::{self, Checklist, Findings, Status};
use crate::rules::correspondence::{Writer, repeats, topic};
use crate::store::applications::{Application, Standing, State};
use crate::store::members;

/// A mail of the list, read.
pub struct Came<'a> {
    pub mail: &'a Mail<'a>,
    /// The author, if a letter to them can arrive at a person.
    pub author: Option<&'a Mailbox>,
    /// The lines that its author typed.
    pub own: Vec<String>,
    /// In those lines.
    pub findings: Findings,
    /// It answers mail of this application, or continues it.
    pub application: Option<Application>,
    pub writer: Writer,
    /// The earlier mail of its applicant that says the same.
    pub repeats: Option<i64>,
}

pub fn read<'a>(desk: &Desk<'_>, mail: &'a Mail<'a>, checklist: &Checklist) -> Result<Came<'a>> {
    let author = answerable(desk, mail);
    let sheet = sheet(mail.readable);
    let own = typed(&sheet);
    let writes = author.map(|author| checklist::Writer {
        address: Some(author.address.clone()),
        name: author.name.clone().unwrap_or_default(),
    });
    let findings = checklist::check(checklist, &sheet, &writes.unwrap_or_default());
    let mut came = Came { mail, author, own, findings, application: None, writer: Writer::Other, repeats: None };
    came.application = application(desk, &came)?;
    came.writer = writer(desk, checklist, &came)?;
    if let Some(application) = &came.application
        && came.writer == Writer::Applicant
    {
        came.repeats = repeated(desk, application, &came.own)?;
    }
    Ok(came)
}

/// Whether an applicant answers mail of their application, wherever it came to: our letters are from the team's address,
/// and some mail programs answer that. Others who refer to such mail may report a problem, in confidence.
pub fn continues(desk: &Desk<'_>, incoming: &Incoming) -> Result<bool> {
    let rows = desk.rows.applications();
    let (Some(author), None) = (&incoming.author, &incoming.machine) else { return Ok(false) };
    let Some(id) = rows.of_thread(&incoming.replies_to)? else { return Ok(false) };
    Ok(rows.get(id)?.is_some_and(|application| application.applicant.address == author.address))
}

/// A mail whose words are not looked at.
pub fn unchecked<'a>(desk: &Desk<'_>, mail: &'a Mail<'a>) -> Result<Came<'a>> {
    let author = answerable(desk, mail);
    let findings = Findings::default();
    let mut came =
        Came { mail, author, own: Vec::new(), findings, application: None, writer: Writer::Other, repeats: None };
    came.application = application(desk, &came)?;
    if let Some(address) = mail.incoming.author.as_ref().map(|author| &author.address)
        && is_teams(desk, address)?
    {
        came.writer = Writer::Team;
    }
    Ok(came)
}

/// The same mail that came by another way: it has no second effect. A list adds a footer and changes the header, so the
/// identifier and the author are compared, and the words: some mail programs give two mails one identifier.
pub fn earlier_copy(desk: &Desk<'_>, came: &Came<'_>) -> Result<Option<i64>> {
    let Some(id) = &came.mail.incoming.message_id else { return Ok(None) };
    let author = came.mail.incoming.author.as_ref().map(|author| &author.address);
    for inbox in desk.rows.applications().list_mails_of(id, author)? {
        let before = typed(&sheet(&desk.rows.inbox().readable(inbox)?));
        let (before, now) = (words(&before), words(&came.own));
        if before == now || before.starts_with(&now) || now.starts_with(&before) {
            return Ok(Some(inbox));
        }
    }
    Ok(None)
}

fn words(lines: &[String]) -> Vec<&str> {
    lines.iter().flat_map(|line| line.split_whitespace()).collect()
}

fn typed(sheet: &Sheet) -> Vec<String> {
    let own = sheet.lines.iter().filter(|line| line.by == By::Author && !line.text.trim().is_empty());
    own.map(|line| line.text.clone()).collect()
}

fn lines(own: &[String]) -> Vec<&str> {
    own.iter().map(String::as_str).collect()
}

/// The author, if a letter to them can arrive at a person: not one of our own addresses, and not a list's.
pub fn answerable<'m>(desk: &Desk<'_>, mail: &'m Mail<'_>) -> Option<&'m Mailbox> {
    let incoming = mail.incoming;
    let seen = || incoming.public_lists.iter().map(|trace| trace.list.as_str());
    let lists = [&desk.house.applications, &desk.house.discuss, &desk.house.members];
    let is_list = |address: &Address| lists.iter().any(|list| list.as_ref() == Some(&address.without_detail()));
    let ours = |author: &&Mailbox| !is_list(&author.address) && report::is_a_persons(desk, &author.address, seen());
    incoming.author.as_ref().filter(ours)
}

/// What it belongs to: by what it answers; else, for webmail that says nothing of that, by its author and subject, by the
/// same text, or as the only thing its author has open.
fn application(desk: &Desk<'_>, came: &Came<'_>) -> Result<Option<Application>> {
    let (rows, incoming) = (desk.rows.applications(), came.mail.incoming);
    let known = rows.of_thread(incoming.replies_to.iter().chain(&incoming.message_id))?;
    if let Some(id) = known {
        return rows.get(id)?.with_context(|| format!("application {id} is gone")).map(Some);
    }
    let Some(author) = came.author else { return Ok(None) };
    let open = |application: &Application| application.state.is_open() || application.state == State::Expired;
    let theirs: Vec<Application> = rows.of_applicant(&author.address)?.into_iter().filter(open).collect();
    let about = topic(&incoming.subject);
    if let Some(same) = theirs.iter().find(|application| topic(&application.subject) == about) {
        return Ok(Some(same.clone()));
    }
    for application in &theirs {
        if repeated(desk, application, &came.own)?.is_some() {
            return Ok(Some(application.clone()));
        }
    }
    // Whoever applies for another organisation names it.
    let named = came.findings.get("organisation").filter(|finding| finding.status == Status::Found);
    let says_something = came.findings.items.iter().any(|finding| finding.status != Status::Missing);
    Ok(match theirs.as_slice() {
        [one] if named.is_none() && says_something => Some(one.clone()),
        _ => None,
    })
}

/// The applicant's earlier mail that says the same.
fn repeated(desk: &Desk<'_>, application: &Application, own: &[String]) -> Result<Option<i64>> {
    for entry in desk.rows.applications().mails(application.id)? {
        if entry.standing != Standing::Applicant {
            continue;
        }
        let before = typed(&sheet(&desk.rows.inbox().readable(entry.inbox)?));
        if repeats(&lines(&before), &lines(own)) {
            return Ok(Some(entry.inbox));
        }
    }
    Ok(None)
}

fn writer(desk: &Desk<'_>, checklist: &Checklist, came: &Came<'_>) -> Result<Writer> {
    let Some(written) = &came.mail.incoming.author else { return Ok(Writer::Other) };
    let address = &written.address;
    if is_teams(desk, address)? {
        return Ok(Writer::Team);
    }
    if let Some(application) = &came.application {
        if application.applicant.address == *address {
            return Ok(Writer::Applicant);
        }
        let declared = application.findings.get("domains").map(|domains| domains.values.as_slice()).unwrap_or_default();
        let domain = address.domain().to_lowercase();
        let theirs = domain == application.applicant.address.domain().to_lowercase()
            || declared.iter().any(|known| is_within(&domain, known));
        if theirs && !checklist::is_free(checklist, &domain) {
            return Ok(Writer::SameDomain);
        }
    }
    let domain = address.domain().to_lowercase();
    let of_member = |member: &members::Member| member.role.address.domain().to_lowercase() == domain;
    let is_member = !checklist::is_free(checklist, &domain) && desk.rows.members().all()?.iter().any(of_member);
    Ok(if is_member { Writer::Member } else { Writer::Other })
}

fn is_teams(desk: &Desk<'_>, address: &Address) -> Result<bool> {
    Ok(address.without_detail() == desk.house.security.without_detail() || team_member(desk, address)?.is_some())
}

/// Whether a domain is another one, or below it.
fn is_within(domain: &str, of: &str) -> bool {
    let of = of.to_lowercase();
    domain == of || domain.strip_suffix(of.as_str()).is_some_and(|rest| rest.ends_with('.'))
}
