//! Whatever is posted, by whom, held, answered, forwarded, replayed or left until its time is over: only a proven moderator's
//! approval distributes, and it reaches nobody but members that are active when it leaves. `EMBARGOD_DEPTH` plays more
//! histories; a failing one prints its seed, and `EMBARGOD_POSTS=<seed>` plays it alone.
#![cfg(test)]

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::scene::{ALICE, BOB, CAROL, LIST, MALLORY, MEMBERS, SECURITY, Scene, Written, place};
use crate::mail::address::Address;
use crate::mail::letter::Kind;
use crate::mail::opened::SignedText;
use crate::mail::secret::Purpose;
use crate::pipeline::ahead::Cipher;
use crate::pipeline::deliver;
use crate::rules::label::Label;
use crate::store::Store;
use crate::store::held::{PostId, State};
use crate::store::members;

const HISTORIES: u64 = 40;
const STEPS: usize = 40;
const WORDS: [&str; 12] = [
    "approve",
    "approve",
    "approve",
    "Approve.\n\nThanks",
    "reject policy",
    "reject Not here.",
    "discard",
    "report",
    "approve maybe",
    "> approve",
    "Hello,\n\napprove",
    "aprove",
];

/// Splitmix64: the same history from the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    fn one_of<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// What may be distributed by one mail, as the rules say it; told apart from how the program finds out.
struct Allowed {
    post: PostId,
}

struct History<'r> {
    scene: Scene<'r>,
    chance: Chance,
    /// All that came in, to come in once more.
    seen: Vec<(Vec<u8>, Option<SignedText>)>,
    /// Digests that were in a mail before: they may have acted.
    digests: BTreeSet<String>,
    distributed: usize,
    received: usize,
    stopped: usize,
}

impl History<'_> {
    fn is_moderator(&self, who: &str) -> bool {
        let member = self.scene.rows.people().team_member(self.scene.person(who)).unwrap();
        member.is_some_and(|member| member.moderator)
    }

    fn is_member(&self, who: &str) -> bool {
        let all = self.scene.rows.members().all().unwrap();
        all.iter().any(|member| member.role.address.as_str() == who && member.state == members::State::Active)
    }

    fn in_team(&self, who: &str) -> bool {
        self.scene.rows.people().team_member(self.scene.person(who)).unwrap().is_some()
    }

    fn comes(&mut self, written: &Written<'_>) {
        let raw = self.scene.comes(written);
        self.seen.push((raw, written.signed.clone()));
    }

    fn posts(&mut self) {
        let writers = [MEMBERS[0].1, MEMBERS[0].1, MEMBERS[1].1, MEMBERS[2].1, MEMBERS[3].1, MALLORY, ALICE, CAROL];
        let from = self.chance.one_of(&writers);
        let text =
            self.chance.one_of(&["Our fixed packages are available.", "approve", "Who may deploy?", "subscribe me"]);
        let vouched = self.chance.below(4) > 0;
        let signed = match self.chance.below(4) {
            0 => {
                let signer = self.chance.one_of(&[MEMBERS[0].1, MALLORY]);
                let digest = format!("post {}", self.scene.mails);
                self.digests.insert(digest.clone());
                Some(self.scene.signature(signer, text, &digest))
            }
            _ => None,
        };
        let subject = format!("Post {}", self.scene.mails);
        self.comes(&Written { from, to: LIST, subject: &subject, text, vouched, signed });
    }

    /// Somebody answers; gives what may be distributed then.
    fn answers(&mut self) -> Option<Allowed> {
        let mut posts = self.scene.posts();
        if self.chance.below(4) > 0 {
            posts.retain(|post| post.state == State::Held);
        }
        let post = posts.get(self.chance.below(posts.len().max(1)))?.clone();
        let from = self.chance.one_of(&[ALICE, ALICE, BOB, BOB, CAROL, MALLORY, MEMBERS[0].1]);
        let holder = self.chance.one_of(&[from, from, from, ALICE, BOB]);
        let own = self.scene.reply_address(holder, Purpose::Moderate, post.id).filter(|_| self.chance.below(6) > 0);
        let to = own.clone().unwrap_or_else(|| self.chance.one_of(&[SECURITY, LIST]).to_owned());
        let words = self.chance.one_of(&WORDS);
        let names = self.chance.below(4);
        let named = match names {
            0 => Some(post.id),
            1 if self.chance.below(3) == 0 => Some(PostId(post.id.0 + 1)),
            _ => None,
        };
        let text = named.map_or(words.to_owned(), |named| format!("post {named}\n{words}"));
        let vouched = self.chance.below(3) > 0;
        let (mut signer, mut fresh) = (None, false);
        let signed = match self.chance.below(3) {
            0 => {
                let who = self.chance.one_of(&[from, from, ALICE, MALLORY]);
                let again = !self.digests.is_empty() && self.chance.below(4) == 0;
                let digest = match again {
                    true => self.digests.iter().nth(self.chance.below(self.digests.len())).unwrap().clone(),
                    false => format!("answer {} of {who}", self.scene.mails),
                };
                fresh = !again && self.chance.below(6) > 0;
                let mut signed = self.scene.signature(who, &text, &digest);
                if !fresh {
                    signed.made_at = self.scene.now - SignedDuration::from_hours(50);
                }
                self.digests.insert(digest);
                signer = Some(who);
                Some(signed)
            }
            _ => None,
        };
        self.comes(&Written { from, to: &to, subject: "Re: Held", text: &text, vouched, signed });
        let approves = matches!(words, "approve" | "Approve.\n\nThanks");
        // By a fresh signature of a moderator, at their own reply address or for the post it names; or by our server's word.
        let by_signature = signer.filter(|who| fresh && self.is_moderator(who)).filter(|who| match (&own, named) {
            (Some(_), None) => *who == holder,
            (_, Some(named)) => named == post.id,
            (None, None) => false,
        });
        let by_stamp = Some(from).filter(|from| {
            vouched
                && own.is_some()
                && *from == holder
                && self.is_moderator(from)
                && signer.is_none_or(|who| who == *from)
        });
        let by = by_signature.or(by_stamp)?;
        let author = post.address.clone()?.to_string();
        let proven = post.person.is_some() && (self.is_member(&author) || self.in_team(&author));
        let right = named.is_none_or(|named| named == post.id);
        (approves && right && post.state == State::Held && proven && author != by).then_some(Allowed { post: post.id })
    }

    fn withdraws(&mut self) {
        let posts = self.scene.posts();
        let Some(post) = posts.get(self.chance.below(posts.len().max(1))).cloned() else { return };
        let Some(author) = post.address.as_ref().map(Address::to_string) else { return };
        let Some(to) = self.scene.reply_address(&author, Purpose::Withdraw, post.id) else { return };
        let from = self.chance.one_of(&[author.as_str(), MALLORY]);
        let vouched = self.chance.below(3) > 0;
        let before = post.state;
        self.comes(&Written { from, to: &to, subject: "Re: Held", text: "withdraw", vouched, signed: None });
        let after = self.scene.rows.held().get(post.id).unwrap().unwrap().state;
        let theirs = from == author && vouched;
        assert_eq!(after == State::Withdrawn, before == State::Withdrawn || (before == State::Held && theirs));
    }

    /// A mail comes once more: the same bytes, by another way, or forwarded by somebody.
    fn replays(&mut self) {
        if self.seen.is_empty() {
            return;
        }
        let (raw, signed) = self.seen[self.chance.below(self.seen.len())].clone();
        match self.chance.below(4) {
            0 => self.scene.takes(&raw, signed),
            1 => {
                let raw = [format!("Received: by way {} of another\n", self.scene.mails).as_bytes(), &raw].concat();
                self.scene.mails += 1;
                self.scene.takes(&raw, signed);
            }
            2 => {
                // To another address, without our server's word: it would not be ours for that mail.
                let text = String::from_utf8(raw).unwrap();
                let to = self.chance.one_of(&[LIST, SECURITY]);
                let kept = text.lines().filter(|line| !line.starts_with("Authentication-Results"));
                let kept = kept.map(|line| {
                    if line.starts_with("Delivered-To") { format!("Delivered-To: {to}") } else { line.to_owned() }
                });
                let raw = kept.map(|line| line + "\n").collect::<String>();
                self.scene.mails += 1;
                self.scene.takes(raw.as_bytes(), signed);
            }
            _ => {
                let inner = String::from_utf8(raw).unwrap();
                let text = format!("FYI\n\n-------- Forwarded Message --------\n{inner}");
                let (from, to) =
                    (self.chance.one_of(&[ALICE, MALLORY, MEMBERS[1].1]), self.chance.one_of(&[LIST, SECURITY]));
                self.comes(&Written { from, to, subject: "Fwd: it", text: &text, vouched: true, signed: None });
            }
        }
    }

    fn changes(&mut self) {
        let rows = self.scene.rows;
        let now = self.scene.now;
        match self.chance.below(4) {
            0 => {
                let who = self.chance.one_of(&[BOB, ALICE]);
                let person = self.scene.person(who);
                if !rows.people().leave_team(person).unwrap() {
                    rows.people().join_team(person, self.chance.below(3) > 0, now).unwrap();
                }
            }
            _ => {
                use members::State::{Active, Left, Suspended};
                let all = rows.members().all().unwrap();
                let member = &all[self.chance.below(all.len())];
                let to = match member.state {
                    Active => self.chance.one_of(&[Suspended, Suspended, Left]),
                    Suspended => Active,
                    members::State::Invited | Left => return,
                };
                assert!(rows.members().change(member.id, member.state, to, now).unwrap());
            }
        }
    }

    /// A member is suspended before what was approved has left.
    fn suspends(&mut self) {
        let members = self.scene.rows.members();
        let mut active = members.all().unwrap();
        active.retain(|member| member.state == members::State::Active);
        if active.is_empty() {
            return;
        }
        let member = &active[self.chance.below(active.len())];
        let (from, to) = (members::State::Active, members::State::Suspended);
        assert!(members.change(member.id, from, to, self.scene.now).unwrap());
    }

    /// The courier's part: the gate is asked once more of each copy that is due.
    fn delivers(&mut self, most: usize) {
        let rows = self.scene.rows;
        for _ in 0..most {
            let Some(due) = rows.outbox().next_due(self.scene.now, &[]).unwrap() else { return };
            let conditions = self.scene.place.policy.profile.conditions(self.scene.now);
            let passes = deliver::ask(rows, &due, conditions, &Cipher::None).unwrap().is_ok();
            let letter = rows.outbox().letter(due.letter).unwrap().letter;
            let reader = due.recipient.as_str();
            if letter.kind == Kind::Post {
                assert_eq!(passes, self.is_member(reader), "{reader}");
                self.received += usize::from(passes);
                self.stopped += usize::from(!passes);
            }
            let of_list = letter.labels().iter().any(|label| matches!(label, Label::Members { .. }));
            let reads = self.is_member(reader) || self.is_moderator(reader);
            assert!(!passes || !of_list || reads, "{reader} reads text of the list");
            if passes {
                assert!(
                    rows.outbox().sending(due.id, None).unwrap() && rows.outbox().sent(due.id, self.scene.now).unwrap()
                );
            } else {
                assert!(rows.outbox().block(due.id, self.scene.now, "stopped", false).unwrap());
            }
        }
    }

    /// What a step wrote: a post to members only if that was allowed, and then to those that are active.
    fn holds(&mut self, allowed: Option<&Allowed>) {
        let active: BTreeSet<&str> = MEMBERS.iter().map(|(_, who, _)| *who).filter(|who| self.is_member(who)).collect();
        for stored in self.scene.letters() {
            if stored.letter.kind != Kind::Post {
                assert!(stored.letter.post.is_none() && stored.letter.blind.is_empty());
                continue;
            }
            let allowed = allowed.expect("distributed, and no proven moderator approved it");
            let post = self.scene.rows.held().get(allowed.post).unwrap().unwrap();
            let brings = stored.letter.post.as_ref().expect("a post");
            assert_eq!((brings.inbox, post.state), (post.inbox, State::Approved));
            assert_eq!(stored.letter.recipients().map(|to| to.as_str()).collect::<BTreeSet<_>>(), active);
            self.distributed += 1;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_proven_moderators_approval_distributes_and_only_active_members_receive() {
    let depth: u64 = std::env::var("EMBARGOD_DEPTH").map_or(1, |depth| depth.parse().expect("a number"));
    let only: Option<u64> = std::env::var("EMBARGOD_POSTS").ok().map(|seed| seed.parse().expect("a seed"));
    let seeds = only.map_or(0..depth * HISTORIES, |seed| seed..seed + 1);
    let store = Store::rehearsal(std::path::Path::new("/nonexistent/state.db")).unwrap();
    let played = store.write(move |rows| {
        let place = place();
        let (mut distributed, mut received, mut stopped) = (0, 0, 0);
        for seed in seeds {
            println!("EMBARGOD_POSTS={seed}"); // Shown when it fails.
            rows.save()?;
            let mut history = History {
                scene: Scene::new(rows, &place),
                chance: Chance(seed),
                seen: Vec::new(),
                digests: BTreeSet::new(),
                distributed: 0,
                received: 0,
                stopped: 0,
            };
            for _ in 0..STEPS {
                let mut allowed = None;
                match history.chance.below(12) {
                    0..=2 => history.posts(),
                    3..=6 => allowed = history.answers(),
                    7 => history.withdraws(),
                    8 => history.replays(),
                    9 => history.changes(),
                    10 => {
                        let hours = history.chance.one_of(&[1, 30, 100, 200]);
                        history.scene.now += SignedDuration::from_hours(hours);
                        history.scene.ticks();
                    }
                    _ => history.delivers(8),
                }
                let before = history.distributed;
                history.holds(allowed.as_ref());
                if history.distributed > before && history.chance.below(2) == 0 {
                    history.suspends();
                }
            }
            history.delivers(usize::MAX);
            distributed += history.distributed;
            received += history.received;
            stopped += history.stopped;
            rows.undo_saved()?;
        }
        Ok((distributed, received, stopped))
    });
    let (distributed, received, stopped) = played.await.unwrap();
    let shown = distributed > 10 && received > 10 && stopped > 3;
    assert!(only.is_some() || shown, "{distributed} distributed, {received} received, {stopped} stopped: too few");
}
