//! A desk with a team, three members of the list and a case under embargo, for the tests beside: versions are drafted and
//! approved by hand, time passes, and what leaves is in the outbox.
#![cfg(test)]

use std::sync::Arc;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::{members, standing};
use crate::advisory::facts::{Deployment, File};
use crate::desk::testing::house;
use crate::desk::{Desk, House, Proven};
use crate::handlers::Mail;
use crate::handlers::tick::{due, tick};
use crate::mail::headers::Headers;
use crate::mail::incoming::{Incoming, Note};
use crate::mail::letter::{Kind, Letter};
use crate::mail::lists::traces;
use crate::mail::opened::OpenedMail;
use crate::mail::secret::sha256_hex;
use crate::mail::thread::MessageId;
use crate::policy::Policy;
use crate::rules::authority::Proof;
use crate::rules::command::Role;
use crate::rules::label::{CaseId, VersionId};
use crate::rules::life::State as CaseState;
use crate::rules::schedule::Proposal;
use crate::store::Rows;
use crate::store::advisories::{Draft, SignedTexts, Stage, Version};
use crate::store::facts::Said;
use crate::store::inbox::Arrival;
use crate::store::members::State;
use crate::store::testing::{Scratch, scratch};

pub const LIST: &str = "xen-security-issues@lists.example.org";
pub const ALICE: &str = "alice@example.org";
pub const BOB: &str = "bob@example.org";
pub const DANA: &str = "dana@example.net";
pub const MEMBERS: [(&str, &str); 3] = [
    ("Dino Systems", "security@dino.example.net"),
    ("Pony Hosting", "security@pony.example.net"),
    ("VM Example Ltd", "security@vm.example.net"),
];
pub const CASE: CaseId = CaseId(1);
pub const NUMBER: i64 = 480;
pub const RELEASE: &str = "2026-12-15T12:00:00Z";

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A letter that was written, to whom, and how each copy stands.
pub struct Left {
    pub letter: Letter,
    pub identifier: MessageId,
    pub to: Vec<(String, String)>,
}

impl Left {
    pub fn text(&self) -> String {
        format!("{}\n\n{}", self.letter.subject.value(), self.letter.body.value())
    }
}

#[derive(Clone)]
pub struct Scene {
    scratch: Arc<Scratch>,
    policy: Arc<Policy>,
    house: Arc<House>,
    pub now: Timestamp,
}

impl Scene {
    /// The case is agreed to be released at `RELEASE`; it is a week before.
    pub async fn open() -> Self {
        let house = House {
            members: Some(LIST.parse().unwrap()),
            hooks: vec!["push".to_owned()],
            lists_read: vec!["xen-announce@lists.example.org".parse().unwrap()],
            ..house()
        };
        let scene = Self {
            scratch: Arc::new(scratch()),
            policy: Arc::new(Policy::load("xen", None, None, "example.org").unwrap()),
            house: Arc::new(house),
            now: at("2026-12-08T12:00:00Z"),
        };
        let now = scene.now;
        scene
            .writes(move |rows| {
                for name in ["alice", "bob"] {
                    let person = rows.people().find_or_add(name, &format!("{name}@example.org").parse()?)?;
                    rows.people().join_team(person.id, false, now)?;
                }
                for (name, address) in MEMBERS {
                    let person = rows.people().find_or_add("", &address.parse()?)?;
                    let id = rows.members().invite(name, person.id, None, now)?.unwrap();
                    rows.members().change(id, State::Invited, State::Active, now)?;
                }
                let proposal = Proposal { predisclosure_at: at("2026-12-10T12:00:00Z"), release_at: at(RELEASE) };
                let case = rows.cases().open("Stale mapping of a grant", false, now, proposal)?;
                assert!(rows.cases().go(case, CaseState::Triage, CaseState::Embargoed, now)?);
                let alice = rows.people().by_address(&ALICE.parse()?)?.unwrap();
                rows.facts().number(case, NUMBER, alice.id, now)?;
                let dana = rows.people().find_or_add("Dana Doe", &DANA.parse()?)?;
                rows.participants().set_reporter(case, dana.id, now)?;
                let carol = rows.people().find_or_add("Carol", &"carol@example.com".parse()?)?;
                rows.participants().join(case, carol.id, Role::Coordinator, now)?;
                rows.inbox().add(&arrival(now)).map(drop)
            })
            .await;
        scene
    }

    /// The desk has no list of members.
    pub fn without_members(mut self) -> Self {
        Arc::get_mut(&mut self.house).unwrap().members = None;
        self
    }

    /// From now on so many people have to approve what leaves.
    pub fn wants_approvals(&mut self, approvals: u16) {
        Arc::get_mut(&mut self.policy).unwrap().profile.advisory.approvals = approvals;
    }

    /// There is an operator, who is not of the team.
    pub fn with_operator(mut self) -> Self {
        Arc::get_mut(&mut self.house).unwrap().operator = Some("ops@example.org".parse().unwrap());
        self
    }

    /// The project counts no approval by whoever wrote it.
    pub fn without_authors(mut self) -> Self {
        Arc::get_mut(&mut self.policy).unwrap().profile.advisory.author_may_approve = false;
        self
    }

    pub async fn writes<T: Send + 'static>(&self, act: impl FnOnce(Rows<'_>) -> Result<T> + Send + 'static) -> T {
        self.scratch.store.write(act).await.unwrap()
    }

    /// Does something at the desk, for a cause of this name.
    pub async fn at_desk<T: Send + 'static>(
        &self,
        cause: &str,
        act: impl FnOnce(&mut Desk<'_>) -> Result<T> + Send + 'static,
    ) -> T {
        let (policy, house, now, cause) =
            (Arc::clone(&self.policy), Arc::clone(&self.house), self.now, cause.to_owned());
        self.writes(move |rows| act(&mut Desk::new(rows, &policy, &house, now, cause))).await
    }

    /// Drafts a version as the desk would now. Alice is its author.
    pub async fn drafts(&self, version: u32, patchless: bool) -> VersionId {
        self.drafts_of(NUMBER, version, patchless).await
    }

    /// The same of another advisory of the case.
    pub async fn drafts_of(&self, number: i64, version: u32, patchless: bool) -> VersionId {
        self.at_desk("drafting", move |desk| {
            let case = standing::case(desk, CASE)?;
            let embargo_until = standing::embargo(&case);
            let public_version = version + u32::from(standing::is_told_before(desk, &case));
            let bytes = b"--- a/grant.c\n+++ b/grant.c\n".to_vec();
            let file = File { name: "xsa480.patch".into(), sha256: sha256_hex(&bytes), bytes, branches: vec![] };
            let mut new = Draft {
                number,
                case: CASE,
                version,
                public_version,
                source: "as written".into(),
                updates: String::new(),
                deployment: Deployment::Unsaid,
                title: "stale mapping of a grant".into(),
                cves: vec!["CVE-2026-12345".into()],
                patchless,
                members_text: format!("for members, version {version}\n"),
                public_text: format!("for all, version {public_version}\n"),
                embargo_until,
                manifest: String::new(),
                findings: Vec::new(),
                files: if patchless { Vec::new() } else { vec![file] },
                author: desk.rows.people().by_address(&ALICE.parse()?)?.unwrap().id,
                inbox: None,
                sealed: false,
            };
            let files: Vec<_> = new.files.iter().map(|file| (file.name.clone(), file.sha256.clone())).collect();
            let parts = standing::Parts {
                number,
                version,
                public_version,
                members_text: &new.members_text,
                public_text: &new.public_text,
                files: &files,
            };
            new.manifest = standing::print(desk, &standing::case(desk, CASE)?, &parts);
            desk.rows.advisories().draft(&new, desk.now)
        })
        .await
    }

    /// Bob approves it.
    pub async fn approves(&self, version: VersionId) {
        let now = self.now;
        self.writes(move |rows| {
            let bob = rows.people().by_address(&BOB.parse()?)?.unwrap();
            rows.advisories().approve(version, bob.id, 1, now)?;
            rows.advisories().advance(version, Stage::Draft, Stage::Approved, now)
        })
        .await;
        self.signs(version).await;
    }

    /// The desk signs it in line, as it does before each look at what is due.
    pub async fn signs(&self, version: VersionId) {
        self.writes(move |rows| {
            let of = rows.advisories().get(version)?;
            let signed = SignedTexts { members: of.members_text, public: of.public_text };
            rows.advisories().sign(version, "a certificate", &signed).map(drop)
        })
        .await;
    }

    pub async fn approved(&self, version: u32) -> VersionId {
        let id = self.drafts(version, false).await;
        self.approves(id).await;
        id
    }

    /// Alice holds the case.
    pub async fn holds(&self) {
        let now = self.now;
        self.writes(move |rows| {
            let person = rows.people().by_address(&ALICE.parse()?)?.unwrap().id;
            let said = Said { person, inbox: 1, sealed: false, at: now };
            assert!(rows.advisories().hold(CASE, "the patch breaks migration", &said)?);
            Ok(())
        })
        .await;
    }

    pub async fn unholds(&self) {
        let now = self.now;
        assert!(self.writes(move |rows| rows.advisories().unhold(CASE, now)).await);
    }

    /// Time goes on until then, with nothing done between; gives what is written now.
    pub async fn until(&mut self, then: &str) -> Vec<Left> {
        self.now = at(then);
        self.ticks().await
    }

    pub async fn after(&mut self, minutes: i64) -> Vec<Left> {
        self.now = self.now.checked_add(SignedDuration::from_mins(minutes)).unwrap();
        self.ticks().await
    }

    /// The same; gives the reminders.
    pub async fn reminders(&mut self, then: &str) -> Vec<Left> {
        self.now = at(then);
        self.all().await.into_iter().filter(|left| left.letter.kind == Kind::Reminder).collect()
    }

    /// Does all that is due, until nothing is; gives what is written, but for reminders.
    pub async fn ticks(&self) -> Vec<Left> {
        self.all().await.into_iter().filter(|left| left.letter.kind != Kind::Reminder).collect()
    }

    async fn all(&self) -> Vec<Left> {
        let (policy, house, now) = (Arc::clone(&self.policy), Arc::clone(&self.house), self.now);
        self.caused(move |rows| {
            for round in 0.. {
                assert!(round < 10, "something is due again and again");
                let all = due(rows, &policy, now)?;
                if all.is_empty() {
                    break;
                }
                for one in &all {
                    tick(&mut Desk::new(rows, &policy, &house, now, one.cause()), one)?;
                }
            }
            Ok(())
        })
        .await
    }

    /// The letters that something gives rise to.
    async fn caused(&self, act: impl FnOnce(Rows<'_>) -> Result<()> + Send + 'static) -> Vec<Left> {
        self.writes(move |rows| {
            let before = (1..).take_while(|id| rows.outbox().letter(*id).is_ok()).count() as i64;
            act(rows)?;
            let listed = rows.outbox().list()?;
            let mut left = Vec::new();
            while let Ok(stored) = rows.outbox().letter(before + left.len() as i64 + 1) {
                let theirs = listed.iter().filter(|one| one.message_id == stored.message_id.as_str());
                let to = theirs.map(|one| (one.to.clone(), one.state.clone())).collect();
                left.push(Left { letter: stored.letter, identifier: stored.message_id, to });
            }
            Ok(left)
        })
        .await
    }

    /// The mail server takes all that waits, but what goes to this address.
    pub async fn delivers(&self, but: &str) {
        let (but, now) = (but.to_owned(), self.now);
        self.writes(move |rows| {
            for listed in rows.outbox().list()?.iter().filter(|one| one.state == "queued" && one.to != but) {
                assert!(rows.outbox().sending(listed.id, None)?);
                assert!(rows.outbox().sent(listed.id, now)?);
            }
            Ok(())
        })
        .await;
    }

    /// A mail server refuses what goes to this address.
    pub async fn refuses(&self, to: &'static str, why: &'static str) {
        let now = self.now;
        self.writes(move |rows| {
            for listed in rows.outbox().list()?.iter().filter(|one| one.state == "queued" && one.to == to) {
                assert!(rows.outbox().sending(listed.id, None)? && rows.outbox().fail(listed.id, now, why)?);
            }
            Ok(())
        })
        .await;
    }

    /// An organisation is on the list from now on; gives what the team hears.
    pub async fn joins(&self, name: &'static str, address: &'static str) -> Vec<Left> {
        let (policy, house, now) = (Arc::clone(&self.policy), Arc::clone(&self.house), self.now);
        self.caused(move |rows| {
            let person = rows.people().find_or_add("", &address.parse()?)?;
            let id = rows.members().invite(name, person.id, None, now)?.unwrap();
            rows.members().change(id, State::Invited, State::Active, now)?;
            let mut desk = Desk::new(rows, &policy, &house, now, format!("{name} joins"));
            members::joined(&mut desk, &rows.members().get(id)?)
        })
        .await
    }

    /// Alice says that this member gets what is under embargo.
    pub async fn sends_current(&self, name: &'static str) -> Vec<Left> {
        let (policy, house, now) = (Arc::clone(&self.policy), Arc::clone(&self.house), self.now);
        self.caused(move |rows| {
            let member = rows.members().all()?.into_iter().find(|member| member.name == name).unwrap();
            let person = rows.people().by_address(&ALICE.parse()?)?.unwrap();
            let mut desk = Desk::new(rows, &policy, &house, now, format!("{name} gets it at {now}"));
            members::send_current(&mut desk, &member, &Proven { person, proof: Proof::Signed }).map(drop)
        })
        .await
    }

    /// Our own mail comes back by a list.
    pub async fn comes_back(&self, identifier: &MessageId, list: &str) {
        let raw = format!(
            "From: security@example.org\nTo: {list}\nMessage-ID: <{}>\nList-Post: <mailto:{list}>\n\ntext\n",
            identifier.as_str()
        );
        let lists = vec![list.parse().unwrap()];
        self.at_desk("comes back", move |desk| {
            let mut incoming = Incoming::unread(raw.as_bytes(), None, Note::SignedInPart);
            incoming.message_id = desk_id(&raw);
            incoming.public_lists = traces(&Headers::read(raw.as_bytes()), &lists);
            let opened = OpenedMail::default();
            let mail = Mail {
                id: 1,
                readable: raw.as_bytes(),
                incoming: &incoming,
                opened: &opened,
                received_at: desk.now,
                predates: false,
                truncated: None,
            };
            super::seen::came_back(desk, &mail)
        })
        .await;
    }

    pub async fn version(&self, id: VersionId) -> Version {
        self.writes(move |rows| rows.advisories().get(id)).await
    }

    pub async fn state(&self) -> CaseState {
        self.writes(|rows| Ok(rows.cases().get(CASE)?.unwrap().state)).await
    }

    /// When something of an advisory is due next.
    pub async fn next(&self) -> Option<Timestamp> {
        let (policy, now) = (Arc::clone(&self.policy), self.now);
        self.writes(move |rows| super::next(rows, &policy, now)).await
    }
}

/// The letters of a kind.
pub fn of(left: &[Left], kind: Kind) -> Vec<&Left> {
    left.iter().filter(|one| one.letter.kind == kind).collect()
}

/// To whom, each queued.
pub fn readers(left: &Left) -> Vec<&str> {
    assert!(left.to.iter().all(|(_, state)| state == "queued"), "{:?}", left.to);
    left.to.iter().map(|(to, _)| to.as_str()).collect()
}

fn desk_id(raw: &str) -> Option<MessageId> {
    let line = raw.lines().find_map(|line| line.strip_prefix("Message-ID: <"))?;
    MessageId::parse(line.trim_end_matches('>'))
}

fn arrival<'a>(now: Timestamp) -> Arrival<'a> {
    Arrival {
        sha256: "00",
        raw: b"",
        account: "local",
        folder: "in",
        received_at: now,
        predates: false,
        truncated: false,
    }
}
