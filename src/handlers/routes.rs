//! The routing table: where a mail goes. The first rule that says where, decides; each looks at facts that were gathered
//! before, and does nothing.

use super::Void;
use crate::mail::incoming::Incoming;
use crate::mail::machine::Machine;
use crate::mail::mailroom::Role;
use crate::mail::secret::Purpose;
use crate::rules::label::CaseId;
use crate::store::applications::ApplicationToken;
use crate::store::list_tokens::ListToken;
use crate::store::tokens::Token;

/// All that decides where a mail goes.
pub struct Facts<'a> {
    pub incoming: &'a Incoming,
    pub predates: bool,
    /// The reply address it came to, if it is one of ours and still good.
    pub token: Option<Token>,
    /// The same of an application.
    pub about: Option<ApplicationToken>,
    /// The same of a list.
    pub of_list: Option<ListToken>,
    /// The same, which is over: of a list, of an application, or of somebody who was asked to take part in a case.
    pub void: Option<Void>,
    /// The delivery to whose return path it came.
    pub delivery: Option<i64>,
    /// The case that one of its Message-IDs belongs to.
    pub thread: Option<CaseId>,
    /// A member of the team is proven to answer at a reply address of theirs.
    pub by_holder: bool,
    /// A person let it through.
    pub retried: bool,
    /// A member of the team signed it for a case that does not exist.
    pub nameless: bool,
    /// An applicant answers mail of their application, at the team's address.
    pub continues: bool,
    /// A member of the team signed it for an application, by its number.
    pub names_application: bool,
    /// A member of the team signed commands about members.
    pub orders_members: bool,
    /// A member of the team signed it for a held post, by its number.
    pub names_post: bool,
    /// It was held for moderators, and one of them passed it to the team.
    pub let_through: bool,
    /// It came to a list for talk, and only wants to be subscribed.
    pub subscribes: bool,
}

/// Where a mail goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Kept, without any effect, and never answered.
    Keep,
    /// Kept the same way; the operator hears of it.
    SetAside,
    /// It waits for a person's glance before it is handled.
    Hold,
    /// It names a case that does not exist: its signer is told so.
    NoSuchCase,
    /// It answers whether somebody joins the team.
    Joining,
    /// It answers whether somebody agrees to the embargo of a case.
    Agreement,
    /// It opens a case, or belongs to one.
    Report,
    /// It answers a question about an application, or about the membership that follows.
    Decision,
    /// It names an application in signed text.
    Ruling,
    /// A mail server says what became of a delivery.
    Bounce,
    /// It answers something about a held post.
    Moderation,
    /// It answers something about a membership.
    Membership,
    /// Commands about members.
    Orders,
    /// A member asks the team something, or the team answers.
    Question,
    /// It came to a reply address that is over.
    Outlived,
    /// A post to -discuss.
    Post,
    /// It came to the predisclosure list itself.
    ToList,
    /// Somebody wants to be subscribed.
    Subscription,
    /// It came by the list for applications: one of them, or something else.
    Application,
}

pub type Rule = fn(&Facts<'_>) -> Option<Route>;

/// The first rule that says where, decides. The words become the reason in `inbox list`.
pub const ROUTES: &[(&str, Rule)] = &[
    ("received before this instance was set up, or before --since", predating),
    ("our own mail come back", own_mail),
    ("what a mail server says of a delivery", bounce),
    ("a bounce or another report about mail", report_about_mail),
    ("an automatic reply", automatic_reply),
    ("marked as spam by the mail server", spam),
    ("signed commands about members", orders),
    ("passed to the team by a moderator", let_through),
    ("an answer about a held post", moderation),
    ("an answer about a membership", membership),
    ("a member's question, or an answer to one", question),
    ("an answer about an application", decision),
    ("signed for an application", ruling),
    ("an answer about joining the team", about_joining),
    ("an answer whether somebody agrees to an embargo", agreement),
    ("an answer in a case", answer),
    ("signed for a case that does not exist", no_such_case),
    ("mail to a reply address that is over", outlived),
    ("an attempt to subscribe", subscription),
    ("a post to -discuss", post),
    ("mail to the predisclosure list", to_list),
    ("an application or its thread", application),
    ("a report or its thread", report_mail),
    ("for none of our addresses", nobodys),
];

fn predating(facts: &Facts<'_>) -> Option<Route> {
    facts.predates.then_some(Route::Keep)
}

fn own_mail(facts: &Facts<'_>) -> Option<Route> {
    matches!(facts.incoming.machine, Some(Machine::OwnMail | Machine::OwnCopy)).then_some(Route::Keep)
}

fn bounce(facts: &Facts<'_>) -> Option<Route> {
    facts.delivery.is_some().then_some(Route::Bounce)
}

fn report_about_mail(facts: &Facts<'_>) -> Option<Route> {
    matches!(facts.incoming.machine, Some(Machine::Bounce | Machine::FeedbackReport)).then_some(Route::Keep)
}

fn automatic_reply(facts: &Facts<'_>) -> Option<Route> {
    facts.incoming.machine.as_ref().is_some_and(Machine::is_silent).then_some(Route::Keep)
}

fn spam(facts: &Facts<'_>) -> Option<Route> {
    (facts.incoming.spam && !facts.by_holder && !facts.retried).then_some(Route::Hold)
}

fn purpose_of_list(facts: &Facts<'_>) -> Option<Purpose> {
    facts.of_list.as_ref().map(|token| token.purpose)
}

fn moderation(facts: &Facts<'_>) -> Option<Route> {
    let answers = matches!(purpose_of_list(facts), Some(Purpose::Moderate | Purpose::Withdraw));
    (answers || facts.names_post).then_some(Route::Moderation)
}

fn let_through(facts: &Facts<'_>) -> Option<Route> {
    facts.let_through.then_some(Route::Report)
}

fn question(facts: &Facts<'_>) -> Option<Route> {
    matches!(purpose_of_list(facts), Some(Purpose::Question | Purpose::AnswerMember)).then_some(Route::Question)
}

fn membership(facts: &Facts<'_>) -> Option<Route> {
    let purposes =
        [Purpose::ConfirmMember, Purpose::Drill, Purpose::AddressFormer, Purpose::AddressNew, Purpose::MemberKey];
    purpose_of_list(facts).is_some_and(|purpose| purposes.contains(&purpose)).then_some(Route::Membership)
}

fn orders(facts: &Facts<'_>) -> Option<Route> {
    facts.orders_members.then_some(Route::Orders)
}

fn subscription(facts: &Facts<'_>) -> Option<Route> {
    (facts.incoming.role == Some(Role::Subscription) || facts.subscribes).then_some(Route::Subscription)
}

fn post(facts: &Facts<'_>) -> Option<Route> {
    (facts.incoming.role == Some(Role::Discuss)).then_some(Route::Post)
}

fn to_list(facts: &Facts<'_>) -> Option<Route> {
    (facts.incoming.role == Some(Role::Members)).then_some(Route::ToList)
}

fn about_joining(facts: &Facts<'_>) -> Option<Route> {
    let purpose = facts.token.as_ref().map(|token| token.purpose);
    matches!(purpose, Some(Purpose::Accept | Purpose::Join)).then_some(Route::Joining)
}

fn agreement(facts: &Facts<'_>) -> Option<Route> {
    facts.token.as_ref().is_some_and(|token| token.purpose == Purpose::Agree).then_some(Route::Agreement)
}

fn answer(facts: &Facts<'_>) -> Option<Route> {
    facts.token.is_some().then_some(Route::Report)
}

fn decision(facts: &Facts<'_>) -> Option<Route> {
    facts.about.is_some().then_some(Route::Decision)
}

fn ruling(facts: &Facts<'_>) -> Option<Route> {
    facts.names_application.then_some(Route::Ruling)
}

fn application(facts: &Facts<'_>) -> Option<Route> {
    (facts.incoming.role == Some(Role::Applications) || facts.continues).then_some(Route::Application)
}

fn no_such_case(facts: &Facts<'_>) -> Option<Route> {
    facts.nameless.then_some(Route::NoSuchCase)
}

fn outlived(facts: &Facts<'_>) -> Option<Route> {
    // Whoever answers the question whether they take part answers a letter of the case, and takes no part.
    let asked = |void: &Void| void.purpose == Purpose::Agree;
    let over = facts.void.as_ref().is_some_and(|void| facts.thread.is_none() || asked(void));
    over.then_some(Route::Outlived)
}

fn report_mail(facts: &Facts<'_>) -> Option<Route> {
    (facts.incoming.role == Some(Role::Security)).then_some(Route::Report)
}

fn nobodys(_: &Facts<'_>) -> Option<Route> {
    Some(Route::SetAside)
}
