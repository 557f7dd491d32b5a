//! A server that does not take a letter for days: it is tried for five, given up then, and people are told.

use embargod::clock::Clock;
use embargod::pipeline::deliver::{RETRY_ATTEMPTS_MIN, RETRY_DAYS_MAX};
use embargod::post::patience::Patience;
use jiff::{SignedDuration, Timestamp};

use super::block_on;
use super::desk::Desk;
use super::fault::{ALWAYS, Fault, Mischief, Moment};
use super::proxy::{Protocol, Proxy};
use crate::mailstack::stack::Stack;

const BORN: &str = "2026-12-07T09:00:00Z";
/// As long as the longest pause between two attempts.
const HALF_AN_HOUR: SignedDuration = SignedDuration::from_mins(30);
/// A machine that is often asleep.
const HALF_A_DAY: SignedDuration = SignedDuration::from_hours(12);
const DISCOVERER: &str = "discoverer@reporter.test";

/// The discoverer's server is always full; the team's is well.
struct World {
    desk: Desk,
    proxy: Proxy,
    stack: Stack,
}

impl World {
    async fn new() -> Self {
        let stack = Stack::up();
        let full = Mischief::Instead("452 4.2.2 The mailbox is full");
        let fault = Fault::new("full", Moment::Says("RCPT TO:<discoverer"), full, ALWAYS);
        let proxy = Proxy::start(&stack, Protocol::Smtp, fault, stack.dir()).await;
        let ways = format!(
            "[[maildir]]\nname = \"in\"\npath = \"mail/in\"\nrole = \"security\"\n[smtp]\nhost = \"localhost\"\n\
             port = {}\ntls = \"implicit\"\nca = \"{}\"\nuser = \"bot@proj.test\"\npassword = {{ file = \"password\" }}\n",
            proxy.port,
            stack.ca().display()
        );
        let team = ["alice@proj.test".to_owned()];
        let born = BORN.parse().unwrap();
        let desk = Desk::founded("security@proj.test", &team, &ways, stack.value("MAIL_PASS"), born).await;
        let mail = format!(
            "Delivered-To: security@proj.test\nFrom: Dana Doe <{DISCOVERER}>\nTo: security@proj.test\n\
             Subject: overflow\nDate: Mon, 07 Dec 2026 09:00:00 +0000\nMessage-ID: <1@reporter.test>\n\nIt overflows.\n"
        );
        desk.post("1.M1.mx", &mail);
        Self { desk, proxy, stack }
    }

    async fn round(&self, at: Timestamp) {
        self.desk.engine(Clock::Still(at), Patience::default()).await.once().await.unwrap();
    }

    /// State and attempts of the acknowledgement.
    async fn acknowledgement(&self) -> (String, u32) {
        let letters = self.desk.outbox().await;
        let letter = letters.iter().find(|letter| letter.to == DISCOVERER).unwrap();
        (letter.state.clone(), letter.attempts)
    }
}

#[test]
fn a_letter_is_tried_for_five_days_and_then_people_are_told() {
    block_on(async {
        let world = World::new().await;
        let born: Timestamp = BORN.parse().unwrap();
        let five_days = SignedDuration::from_hours(24 * RETRY_DAYS_MAX);
        let first_hours = (0..8).map(|times| HALF_AN_HOUR * times);
        let later = (1..10).map(|times| HALF_A_DAY * times);
        let last = five_days - SignedDuration::from_mins(31);
        let mut attempts = 0;
        for passed in first_hours.chain(later).chain([last]) {
            world.round(born + passed).await;
            attempts += 1;
            assert_eq!(world.acknowledgement().await, ("queued".to_owned(), attempts), "after {passed}");
        }
        let now = born + five_days;
        world.round(now).await;
        assert_eq!(world.acknowledgement().await, ("failed".to_owned(), attempts + 1));
        let mut letters = world.desk.deliveries().await;
        letters.retain(|letter| !letter.starts_with("reminder ")); // Nobody takes care of the case.
        assert_eq!(
            letters,
            [
                "acknowledgement discoverer@reporter.test failed",
                "alert alice@proj.test sent",
                "relay alice@proj.test sent"
            ]
        );
        // The reminders are hers too: the alert is there once all of them are.
        let sent =
            world.desk.deliveries().await.iter().filter(|letter| letter.ends_with("alice@proj.test sent")).count();
        let mails = world.stack.wait_for("alice", sent, std::time::Duration::from_secs(30));
        let words = |mail: &Vec<u8>| String::from_utf8_lossy(mail).split_whitespace().collect::<Vec<_>>().join(" ");
        let alert = mails.iter().map(words).find(|mail| mail.contains("452 4.2.2")).expect("an alert");
        for words in ["452 4.2.2 The mailbox is full", "the mail server did not take it for five days", DISCOVERER] {
            assert!(alert.contains(words), "{alert}");
        }
        // It is over: nothing more happens, whatever the server would say now.
        world.proxy.behave();
        world.round(now + HALF_AN_HOUR).await;
        let mut after = world.desk.deliveries().await;
        after.retain(|letter| !letter.starts_with("reminder "));
        assert_eq!(after, letters);
        world.desk.is_sound().await;
    });
}

#[test]
fn a_desk_that_was_away_for_a_week_tries_again_before_it_gives_up() {
    block_on(async {
        let world = World::new().await;
        let born: Timestamp = BORN.parse().unwrap();
        world.round(born).await;
        let mut now = born + SignedDuration::from_hours(7 * 24);
        for attempt in 2..RETRY_ATTEMPTS_MIN {
            world.round(now).await;
            assert_eq!(world.acknowledgement().await, ("queued".to_owned(), attempt));
            now += HALF_AN_HOUR;
        }
        world.proxy.behave();
        world.round(now).await;
        assert_eq!(world.acknowledgement().await, ("sent".to_owned(), RETRY_ATTEMPTS_MIN));
        assert_eq!(world.stack.wait_for(DISCOVERER, 1, std::time::Duration::from_secs(30)).len(), 1);
    });
}
