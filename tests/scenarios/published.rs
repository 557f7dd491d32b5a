//! What follows a release: the site shows the very text that was mailed, gpg verifies it, and the operator's program runs; before
//! the hour neither has anything of it.

use std::path::Path;
use std::process::Command;

use super::advisories::says;
use super::disclosure::{LISTS, drafts, on_the_list};
use super::*;
use crate::hooks::{add_script, files};
use crate::world::the;

/// Words of the advisory, its patch, its files and its case.
const CANARIES: [&str; 7] =
    ["480", "CVE-2026-12345", "Stale mappings", "grant_table", "malicious guest", "xsa480", "PGP SIGNED"];

/// What gpg says of a text that is signed in line, by the project's certificate alone.
fn verified(world: &World, text: &Path) -> String {
    let home = tempfile::tempdir().unwrap();
    let gpg = |arguments: &[&str], file: &Path| {
        let mut command = Command::new("gpg");
        command.arg("--homedir").arg(home.path()).args(["--batch", "--status-fd", "1"]).args(arguments).arg(file);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    gpg(&["--import"], &world.dir.join("keys/project.asc"));
    gpg(&["--verify"], text)
}

#[test]
fn the_site_shows_what_was_mailed_and_nothing_of_it_before_the_hour() {
    let mut world = World::new(LineEnds::CrLf);
    add_script(&world, "tell", "cat > ../../told.json");
    let [alice, bob] = on_the_list(&mut world);
    let digest = drafts(&mut world, &alice, "07T11:00:00", "!deploy patches\n!cve CVE-2026-12345\n!advisory");
    let letters = says(&mut world, BOB, &bob, "07T12:00:00", &format!("approve {digest}"));
    assert_eq!(letters.iter().filter(|letter| letter.kind == "predisclosure").count(), 3);
    world.at("2026-12-28T11:59:59Z").waits();
    let (site, spool) = (world.dir.join("site"), world.dir.join("hooks"));
    for path in files(&site).into_iter().chain(files(&spool)) {
        let shown = format!("{} {}", path.display(), std::fs::read_to_string(&path).unwrap());
        let within = shown.strip_prefix(&world.dir.display().to_string()).unwrap();
        assert!(!CANARIES.iter().any(|canary| within.contains(canary)), "{within}");
    }
    assert!(!world.dir.join("told.json").exists());

    let letters = world.at("2026-12-28T12:00:00Z").waits();
    let shown = std::fs::read_to_string(site.join("advisory-480.txt")).unwrap();
    assert_eq!(shown.trim_end(), the(&letters, "release", LISTS[1]).text().trim_end(), "as it was mailed");
    assert!(verified(&world, &site.join("advisory-480.txt")).contains("[GNUPG:] GOODSIG "));
    let patch = std::fs::read(site.join("xsa480.patch")).unwrap();
    let sha256 = embargod::mail::secret::sha256_hex(&patch);
    assert!(shown.contains(&format!("{sha256}  xsa480.patch")), "the signed text vouches for the file:\n{shown}");
    let list: serde_json::Value = serde_json::from_slice(&std::fs::read(site.join("xsa.json")).unwrap()).unwrap();
    let expected = serde_json::json!([{ "xsas": [{
        "xsa": 480,
        "title": "Stale mappings survive a second grant",
        "public_time": "2026-12-28 12:00",
        "cve": ["CVE-2026-12345"],
    }]}]);
    assert_eq!(list, expected);
    let told: serde_json::Value = serde_json::from_slice(&std::fs::read(world.dir.join("told.json")).unwrap()).unwrap();
    assert_eq!((told["called"].clone(), told["version"].clone()), ("XSA-480".into(), 2.into()));
    assert_eq!(told["files"][0]["sha256"], sha256);
    assert_eq!(world.json(&["hook", "list"])[0]["state"], "done");
    let shown = world.json(&["advisory", "show", "XSA-480"]);
    assert_eq!(
        (shown["stage"].clone(), shown["digest"].as_str().unwrap().get(..16)),
        ("released".into(), digest.get(..16))
    );
    assert_eq!(shown["approvals"][0]["address"], BOB);
    assert_eq!(shown["patches"][0]["branches"], serde_json::json!(["master"]));
    assert_eq!(shown["affected"], serde_json::json!([{ "branch": "master", "affected": "yes", "sealed": false }]));
    assert_eq!((shown["severity"].clone(), shown["credits"][0].clone()), (serde_json::json!([]), "Dana Doe".into()));
    assert_eq!(shown["deployment"], serde_json::json!({ "is": "usual", "words": "patches" }));
}
