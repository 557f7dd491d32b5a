//! Two moderators answer at the same time, in both orders: one decision, one distribution, and one quiet line for whoever was
//! later.
#![cfg(test)]

use super::scene::{ALICE, BOB, LIST, MEMBERS, Scene, Written, place};
use crate::mail::letter::Kind;
use crate::mail::secret::Purpose;
use crate::store::Store;
use crate::store::held::State;

const TIMES: usize = 100;
const WORDS: [(&str, State); 5] = [
    ("approve", State::Approved),
    ("approve", State::Approved),
    ("discard", State::Discarded),
    ("reject policy", State::Rejected),
    ("reject It names a customer.", State::Rejected),
];

#[tokio::test(flavor = "multi_thread")]
async fn two_moderators_who_answer_at_once_make_one_decision() {
    let store = Store::rehearsal(std::path::Path::new("/nonexistent/state.db")).unwrap();
    let raced = store.write(|rows| {
        let place = place();
        let mut scene = Scene::new(rows, &place);
        let author = MEMBERS[0].1;
        for time in 0..TIMES {
            let subject = format!("Packages {time}");
            let text = "Our fixed packages are available.";
            scene.comes(&Written { from: author, to: LIST, subject: &subject, text, vouched: true, signed: None });
            let post = scene.posts().pop().unwrap();
            assert_eq!((post.state, post.subject.as_str()), (State::Held, subject.as_str()));
            scene.letters();
            let order = if time % 2 == 0 { [ALICE, BOB] } else { [BOB, ALICE] };
            let said = [WORDS[time % 5], WORDS[(time / 5) % 5]];
            for (who, (word, _)) in order.into_iter().zip(said) {
                let to = scene.reply_address(who, Purpose::Moderate, post.id).expect("a notice to each moderator");
                scene.comes(&Written {
                    from: who,
                    to: &to,
                    subject: "Re: Held",
                    text: word,
                    vouched: true,
                    signed: None,
                });
            }
            let decided = scene.posts().pop().unwrap();
            assert_eq!((decided.state, decided.decided_by), (said[0].1, Some(scene.person(order[0]))), "{said:?}");
            let letters = scene.letters();
            let to = |who: &str, part: &str| {
                let matching = letters.iter().filter(|stored| {
                    let shown = stored.letter.to.iter().any(|mailbox| mailbox.address.as_str() == who);
                    shown && stored.letter.subject.value().contains(part)
                });
                matching.count()
            };
            assert_eq!((to(order[0], "It was decided before"), to(order[1], "It was decided before")), (0, 1));
            assert_eq!((to(order[0], "It is"), to(order[1], "It is")), (1, 0));
            let distributed: Vec<_> = letters.iter().filter(|stored| stored.letter.kind == Kind::Post).collect();
            assert_eq!(distributed.len(), usize::from(said[0].1 == State::Approved));
            let readers = [MEMBERS[1].1, MEMBERS[0].1]; // by name
            assert!(distributed.iter().all(|stored| stored.letter.recipients().map(|to| to.as_str()).eq(readers)));
            let refused = letters.iter().filter(|stored| stored.letter.kind == Kind::Refusal).count();
            assert_eq!(refused, usize::from(said[0].1 == State::Rejected), "{said:?}");
        }
        Ok(())
    });
    raced.await.unwrap();
}
