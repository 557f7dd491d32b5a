//! Members taken over from a file, in one transaction: a line of report for each line of the file, and nobody half taken.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use anyhow::Result;
use jiff::Timestamp;

use super::super::instance::{self, At};
use super::super::{Failure, key, print, process};
use super::change::{by, unfit};
use crate::daemon;
use crate::openpgp::Certificate;
use crate::pipeline::certificates::{self, NotGiven};
use crate::rules::roster::{self, Line, Listed};
use crate::store::Rows;
use crate::store::members::New;

/// No list of organisations is larger.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// A line that names a member, with its certificate.
struct Taken {
    /// Of the report.
    index: usize,
    listed: Listed,
    certificate: Option<Certificate>,
}

pub(super) async fn import(at: &At, file: &Path, confirmed: bool) -> Result<(), Failure> {
    let (settings, store) = at.open()?;
    let profile = daemon::policy(&settings)?.profile;
    let now = instance::now(&settings, &store).await?;
    let lines = roster::read(&bytes(file)?);
    let mut report: Vec<String> = Vec::new();
    let mut wanted = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let listed = match &line.read {
            Ok(listed) => listed,
            Err(passed) => {
                report.push(passed.to_string());
                continue;
            }
        };
        match (unfit(&settings, &profile, &listed.address), certificate(file, listed), late(listed, now)) {
            (Some(why), ..) => report.push(format!("refused: the address {why}")),
            (None, _, true) => report.push("bad date: it lies in the future".to_owned()),
            (None, Err(why), false) => report.push(format!("bad certificate: {why}")),
            (None, Ok(certificate), false) => {
                wanted.push(Taken { index, listed: listed.clone(), certificate });
                report.push(String::new());
            }
        }
    }
    let written = store
        .write(move |rows| {
            let operator = process::operator();
            take(rows, wanted, confirmed, by(&operator, &profile), &operator, now)
        })
        .await?;
    for (index, outcome) in written.outcomes {
        if let Some(line) = report.get_mut(index) {
            *line = outcome;
        }
    }
    tell(&lines, &report, written.taken, &written.entry, confirmed)
}

/// What became of the lines that name members.
struct Written {
    outcomes: BTreeMap<usize, String>,
    taken: usize,
    entry: String,
}

fn take(
    rows: Rows<'_>,
    wanted: Vec<Taken>,
    confirmed: bool,
    by: crate::store::members::By<'_>,
    operator: &str,
    now: Timestamp,
) -> Result<Written> {
    let mut outcomes = BTreeMap::new();
    let mut fitting: Vec<Taken> = Vec::new();
    for one in wanted {
        if let Some(taken) = rows.taken(&one.listed.name, &one.listed.address)? {
            outcomes.insert(one.index, format!("refused: {taken}"));
        } else if let Some(why) = one.certificate.as_ref().map(|own| refused(rows, own, now)).transpose()?.flatten() {
            outcomes.insert(one.index, format!("bad certificate: {why}"));
        } else if fitting.iter().any(|other| same_certificate(other, &one)) {
            outcomes.insert(one.index, "bad certificate: it is that of a line before".to_owned());
        } else {
            fitting.push(one);
        }
    }
    let new: Vec<New<'_>> = fitting
        .iter()
        .map(|Taken { listed, .. }| New {
            name: &listed.name,
            address: &listed.address,
            kind: &listed.kind,
            domains: &listed.domains,
            since: listed.since,
        })
        .collect();
    let (members, entry) = match confirmed {
        true => rows.takes_over(&new, by, now)?,
        false => (rows.invites(&new, by, now)?, String::new()),
    };
    for (one, member) in fitting.iter().zip(&members) {
        if let Some(own) = &one.certificate {
            certificates::register(rows, own, &member.role, operator, now)?;
        }
        outcomes.insert(one.index, format!("taken: {} <{}>", member.name, member.role.address));
    }
    Ok(Written { outcomes, taken: members.len(), entry })
}

fn same_certificate(one: &Taken, other: &Taken) -> bool {
    let fingerprint = |of: &Taken| of.certificate.as_ref().map(Certificate::fingerprint);
    fingerprint(one).is_some_and(|known| fingerprint(other) == Some(known))
}

/// Why nobody new can be given this certificate.
fn refused(rows: Rows<'_>, certificate: &Certificate, now: Timestamp) -> Result<Option<String>> {
    let fingerprint = certificate.fingerprint();
    if let Err(why) = certificate.judge(now).usable {
        return Ok(Some(NotGiven::Unusable { fingerprint, why }.to_string()));
    }
    let known = rows.certificates().get(&fingerprint)?;
    Ok(known.map(|_| format!("certificate {fingerprint} is registered for somebody else")))
}

/// The certificate that a line names, beside the list.
fn certificate(list: &Path, listed: &Listed) -> Result<Option<Certificate>, String> {
    let Some(file) = &listed.certificate else { return Ok(None) };
    let path = list.parent().unwrap_or(Path::new("")).join(file);
    key::certificate(&path.display().to_string()).map(Some).map_err(|failure| failure.cause().to_owned())
}

fn late(listed: &Listed, now: Timestamp) -> bool {
    listed.since.is_some_and(|since| since > now)
}

fn bytes(file: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = match file == Path::new("-") {
        true => std::io::stdin().lock().take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes),
        false => std::fs::File::open(file).and_then(|opened| opened.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)),
    };
    let named = file.display();
    read.map_err(|problem| Failure::usage(format!("{named} cannot be read: {problem}"), "Name a file you can read."))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > FILE_BYTES_MAX {
        return Err(Failure::usage(format!("{named} is larger than 4 MiB"), "Divide it."));
    }
    Ok(bytes)
}

fn tell(lines: &[Line], report: &[String], taken: usize, entry: &str, confirmed: bool) -> Result<(), Failure> {
    for (line, outcome) in lines.iter().zip(report) {
        let shown = if outcome.starts_with("taken") { "" } else { &line.shown };
        let shown = if shown.is_empty() { String::new() } else { format!("  ({shown})") };
        print::say!("line {}: {}{}", line.number, print::shown(outcome), print::shown(&shown));
    }
    let nothing = lines.iter().filter(|line| line.read.as_ref().is_err_and(roster::Passed::is_nothing)).count();
    let passed = lines.len() - taken - nothing;
    match (taken, confirmed) {
        (0, _) => print::say!("Nobody was taken; {passed} lines name nobody who can be."),
        (1, true) => print::say!("1 organisation is on the list now. Lines that were not taken: {passed}."),
        (_, true) => print::say!("{taken} organisations are on the list now. Lines that were not taken: {passed}."),
        (1, false) => print::say!("1 address is asked to confirm itself. Lines that were not taken: {passed}."),
        (_, false) => {
            print::say!("{taken} addresses are asked to confirm themselves. Lines that were not taken: {passed}.")
        }
    }
    if !entry.is_empty() {
        print::say!("The change history: {}", print::shown(entry));
    }
    match (taken, passed) {
        (0, 1..) => Err(Failure::wanting()),
        _ => Ok(()),
    }
}
