use super::ground::Ground;
use super::*;
use crate::policy::profile::Profile;

/// Prints how a mail was read, for whoever looks into a finding: `EMBARGOD_SHOW=FILE`.
#[test]
fn how_a_mail_is_read_can_be_shown() {
    let Some(file) = std::env::var_os("EMBARGOD_SHOW") else { return };
    let profile = Profile::built_in("xen", "example.org").unwrap();
    let checklist = profile.application.unwrap();
    let raw = std::fs::read(file).unwrap();
    let sheet = crate::mail::sheet::sheet(&raw);
    let writer = Writer::default();
    for line in &sheet.lines {
        println!("{:?}{} {} {}", line.by, if line.strong { "!" } else { "" }, line.number, line.text);
    }
    let ground = Ground::of(&checklist, &sheet, &writer);
    for chunk in &ground.sections.chunks {
        let under: Vec<&str> = chunk.under.iter().map(|item| checklist.items[*item].id.as_str()).collect();
        println!("{:?} {} {}\n    {}", under, if chunk.beside { "beside" } else { "" }, chunk.text.len(), chunk.text);
    }
}
