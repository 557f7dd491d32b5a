//! What our own mail server's word is worth on an instance that is not local: nothing until it is known to remove forged
//! stamps, and nothing below a hop of somebody else's.

use super::*;

const STAMP: &str = "Authentication-Results: mx.example.org; dmarc=pass header.from=example.org\n";
const OURS: &str = "Received: from mail.example.net by mx.example.org with ESMTPS id 1; now\n";
const TO_DANA: &str = "Thank you, Dana.";
const THEIRS: &str = "Received: from laptop by mail.example.net with ESMTPSA id 2; now\n";

impl Office {
    /// The same, reached over IMAP; `believed`: its server is known to remove forged stamps.
    async fn on_a_server(believed: bool) -> Self {
        let office = Self::open().await;
        let mailroom = Mailroom { local: false, ..Mailroom::clone(&office.mailroom) };
        let mailroom = if believed { mailroom } else { mailroom.doubting() };
        Self { mailroom: Arc::new(mailroom), ..office }
    }

    /// A mail with this header above the author's, to Alice's own reply address; who was answered, and who refused.
    async fn asked(&self, to: &str, head: &str, id: &str, text: &str) -> (Vec<String>, Vec<String>) {
        let raw = format!(
            "Delivered-To: {to}\n{head}From: <{ALICE}>\nSubject: Re: it\nMessage-ID: <{id}@example.org>\n\n{text}\n"
        );
        let letters = self.takes(&raw, false).await;
        let of = |kind: &str| letters.iter().filter(|one| one.kind == kind).map(|one| one.to.clone()).collect();
        let (answered, refused): (Vec<String>, Vec<String>) = (of("answer"), of("refusal"));
        let goes_out = !answered.is_empty() && text == TO_DANA;
        assert_eq!(letters.iter().any(|one| one.to == DANA), goes_out, "{:?}", states(&letters));
        (answered, refused)
    }

    /// Alice's two reply addresses: to the team, and to the discoverer too.
    async fn addresses(&self) -> [String; 2] {
        let letters = self.takes(&report(), false).await;
        let relay = the(&letters, "relay", ALICE);
        let team = relay.letter.slots.get("team").unwrap();
        let team = self.house.secret.derive(team.purpose, &team.cause, team.counter);
        [self.house.security.with_detail(&team).to_string(), self.both(relay)]
    }
}

#[tokio::test]
async fn a_stamp_below_a_hop_of_somebody_elses_shows_and_sends_nothing() {
    let (alice, nobody) = (vec![ALICE.to_owned()], Vec::<String>::new());
    for (head, believed) in [
        ([STAMP, OURS, THEIRS].concat(), true),
        ([OURS, STAMP, THEIRS].concat(), true),
        ([OURS, THEIRS, STAMP].concat(), false),
        ([OURS, THEIRS].concat(), false),
        ([STAMP, OURS, THEIRS, STAMP].concat(), false),
        ([OURS, "Received: by mx.example.org.example.net; now\n", STAMP].concat(), false),
        ([OURS, "Received: from by by mx.example.org; now\n", STAMP].concat(), false),
    ] {
        let office = Office::on_a_server(true).await;
        let [team, both] = office.addresses().await;
        let expected = if believed { (alice.clone(), nobody.clone()) } else { (nobody.clone(), alice.clone()) };
        assert_eq!(office.asked(&team, &head, "a1", "!status").await, expected, "a command: {head}");
        assert_eq!(office.asked(&both, &head, "a2", TO_DANA).await, expected, "to the discoverer: {head}");
    }
}

#[tokio::test]
async fn until_forged_stamps_are_known_to_be_removed_no_stamp_is_believed() {
    let office = Office::on_a_server(false).await;
    let [team, both] = office.addresses().await;
    let head = [STAMP, OURS, THEIRS].concat();
    for (to, text) in [(&team, "!status"), (&team, "!title Taken over"), (&both, TO_DANA)] {
        let (answered, refused) = office.asked(to, &head, text.get(..3).unwrap(), text).await;
        assert_eq!((answered.len(), refused), (0, vec![ALICE.to_owned()]), "{text}");
    }
    let case = office.scratch.store.read(|rows| rows.cases().get(CaseId(1))).await.unwrap().unwrap();
    assert_eq!(case.title.value(), "Guest keeps a stale mapping");
}
