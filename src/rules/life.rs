//! The life of a case: its states, and which of them follows upon what. Why something cannot be is a sentence for whoever
//! asked for it.

/// As the tables and the outside have it (DESIGN section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Its report waits for a moderator.
    Held,
    Triage,
    Confirmed,
    /// It is no security problem, or no report at all.
    Invalid,
    /// It is told of in another case.
    Duplicate,
    /// The lead of another component takes care of it.
    Passed,
    /// The team agreed to dates.
    Embargoed,
    /// There is no embargo any more: it is known, or used, in the wild.
    Public,
    Predisclosed,
    Released,
    Closed,
}

/// What happens to a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Confirm,
    /// It is none.
    Deny,
    Duplicate,
    PassOn,
    /// Dates are agreed, or changed.
    Agree,
    /// It is public, or exploited.
    GoPublic,
    /// `released`: its advisory is out.
    Reopen {
        released: bool,
    },
    Spam,
    Predisclose,
    Release,
    /// All that was to do is done.
    Close,
}

impl State {
    pub const ALL: [State; 11] = [
        State::Held,
        State::Triage,
        State::Confirmed,
        State::Invalid,
        State::Duplicate,
        State::Passed,
        State::Embargoed,
        State::Public,
        State::Predisclosed,
        State::Released,
        State::Closed,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            State::Held => "held",
            State::Triage => "triage",
            State::Confirmed => "confirmed",
            State::Invalid => "invalid",
            State::Duplicate => "duplicate",
            State::Passed => "passed",
            State::Embargoed => "embargoed",
            State::Public => "public",
            State::Predisclosed => "predisclosed",
            State::Released => "released",
            State::Closed => "closed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Nobody has to do anything about it.
    pub fn is_over(self) -> bool {
        matches!(self, State::Invalid | State::Duplicate | State::Passed | State::Closed)
    }

    /// The world does not know of it.
    pub fn is_secret(self) -> bool {
        matches!(self, State::Held | State::Triage | State::Confirmed | State::Embargoed | State::Predisclosed)
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a case cannot get there from where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Impossible {
    /// What stands after "the case …": a half-sentence.
    pub why: &'static str,
    /// What to do: a sentence.
    pub remedy: &'static str,
}

const WAITS: Impossible = Impossible {
    why: "is held: no moderator let its report through yet.",
    remedy: "decide about the report first; the notice to moderators says how.",
};
const OVER: Impossible =
    Impossible { why: "is closed.", remedy: "open it again first, with “!reopen”, in the line above." };
const OUT: Impossible =
    Impossible { why: "is released: its advisory is public.", remedy: "publish a new version of the advisory." };
const MEMBERS_KNOW: Impossible = Impossible {
    why: "was told to the predisclosure list already.",
    remedy: "send the list a new version of the advisory, which says so.",
};
const OPEN: Impossible = Impossible { why: "is open.", remedy: "go on with it as it is." };

/// The state that follows, which may be the same.
pub fn after(state: State, event: Event) -> Result<State, Impossible> {
    use State::*;
    Ok(match (event, state) {
        (Event::Spam, Held | Triage) => Invalid,
        (Event::Spam, Invalid | Duplicate | Passed | Closed) => return Err(OVER),
        (Event::Spam, _) => {
            return Err(Impossible {
                why: "is past triage: only a case in triage can be spam.",
                remedy: "say why it is none after all, with “!invalid REASON”, or leave it as it is.",
            });
        }
        // What the world was told is no secret again.
        (Event::Reopen { released: true }, Closed) => Released,
        (Event::Reopen { .. }, Invalid | Duplicate | Passed | Closed) => Triage,
        (Event::Reopen { .. }, Public) => Confirmed,
        (Event::Reopen { .. }, Held) => return Err(WAITS),
        (Event::Reopen { .. }, Released) => return Err(OUT),
        (Event::Reopen { .. }, _) => return Err(OPEN),
        (_, Held) => return Err(WAITS),
        (Event::Close, Released) => Closed,
        (Event::Close, _) => {
            return Err(Impossible { why: "is not released.", remedy: "close it as invalid, duplicate or passed." });
        }
        (Event::Release, Released) => Released,
        (_, Invalid | Duplicate | Passed | Closed) => return Err(OVER),
        (_, Released) => return Err(OUT),
        (Event::Confirm, Triage) => Confirmed,
        (Event::Confirm, state) => state,
        (Event::Deny | Event::Duplicate | Event::PassOn, Predisclosed) => return Err(MEMBERS_KNOW),
        (Event::Deny, _) => Invalid,
        (Event::Duplicate, _) => Duplicate,
        (Event::PassOn, _) => Passed,
        (Event::Agree, Public) => {
            return Err(Impossible {
                why: "has no embargo any more: it is public, or exploited.",
                remedy: "if that was a mistake, open it again first, with “!reopen”, in the line above.",
            });
        }
        (Event::Agree, Predisclosed) => Predisclosed,
        (Event::Agree, _) => Embargoed,
        (Event::GoPublic, _) => Public,
        (Event::Predisclose, Embargoed | Predisclosed) => Predisclosed,
        (Event::Predisclose, _) => {
            return Err(Impossible {
                why: "is not under an embargo.",
                remedy: "agree to dates first, with “!embargo”.",
            });
        }
        (Event::Release, _) => Released,
    })
}

/// Whether the team may still say what it found out: until a case is closed.
pub fn may_learn(state: State) -> Result<(), Impossible> {
    match state {
        State::Held => Err(WAITS),
        state if state.is_over() => Err(OVER),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_the_first_mail_to_the_end_and_no_other_way() {
        use State::*;
        for (from, event, expected) in [
            (Triage, Event::Confirm, Some(Confirmed)),
            (Embargoed, Event::Confirm, Some(Embargoed)), // nothing is lost by saying it twice
            (Triage, Event::Agree, Some(Embargoed)),      // dates before anybody said “confirm”
            (Confirmed, Event::Agree, Some(Embargoed)),
            (Predisclosed, Event::Agree, Some(Predisclosed)),
            (Public, Event::Agree, None),
            (Embargoed, Event::GoPublic, Some(Public)),
            (Predisclosed, Event::GoPublic, Some(Public)),
            (Predisclosed, Event::Deny, None),
            (Embargoed, Event::Duplicate, Some(Duplicate)),
            (Invalid, Event::Confirm, None),
            (Invalid, Event::Reopen { released: false }, Some(Triage)),
            (Closed, Event::Reopen { released: false }, Some(Triage)), // it was no report
            (Closed, Event::Reopen { released: true }, Some(Released)),
            (Public, Event::Reopen { released: false }, Some(Confirmed)),
            (Embargoed, Event::Reopen { released: false }, None),
            (Held, Event::Confirm, None),
            (Held, Event::Spam, Some(Invalid)),
            (Confirmed, Event::Spam, None),
            (Invalid, Event::Spam, None),
            (Embargoed, Event::Predisclose, Some(Predisclosed)),
            (Triage, Event::Predisclose, None),
            (Predisclosed, Event::Release, Some(Released)),
            (Released, Event::GoPublic, None),
            (Released, Event::Close, Some(Closed)),
            (Embargoed, Event::Close, None),
        ] {
            assert_eq!(after(from, event).ok(), expected, "{from} {event:?}");
        }
    }

    #[test]
    fn what_is_out_never_becomes_a_secret_again_and_every_refusal_is_explained() {
        let events = [
            Event::Confirm,
            Event::Deny,
            Event::Duplicate,
            Event::PassOn,
            Event::Agree,
            Event::GoPublic,
            Event::Reopen { released: false },
            Event::Reopen { released: true },
            Event::Spam,
            Event::Predisclose,
            Event::Release,
            Event::Close,
        ];
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
            for event in events {
                match after(state, event) {
                    Ok(next) if state == State::Released => assert!(matches!(next, State::Released | State::Closed)),
                    // What was closed after its release can only be released again.
                    Ok(next) if state == State::Closed && event != (Event::Reopen { released: false }) => {
                        assert_eq!((next, event), (State::Released, Event::Reopen { released: true }));
                    }
                    Ok(_) => {}
                    Err(Impossible { why, remedy }) => assert!(why.ends_with('.') && remedy.ends_with('.')),
                }
            }
        }
    }
}
