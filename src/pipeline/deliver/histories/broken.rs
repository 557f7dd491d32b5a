//! What shows that the histories would notice: a gate that is broken in one place. The program has no switch for that;
//! what is done here is to keep from the database, or from the gate, just what such a gate would not look at.
#![cfg(test)]

/// One thing that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    None,
    /// Whose part in a case ended goes on reading it.
    RemovalIsIgnored,
    /// Who was only asked to take part reads already.
    AskedIsActive,
    /// Who left the team still reads.
    LeavingIsIgnored,
    /// Of the labels that are joined, one is lost.
    ALabelIsForgotten,
    /// What came encrypted is treated as the rest.
    TheSealIsForgotten,
    /// A public list reads what it is cleared for otherwise.
    ListsRead,
    /// The gate is asked when a letter is written, and not when it leaves.
    AskedOnlyWhenWritten,
    /// The gate is asked when a letter leaves, and not when it is written.
    AskedOnlyWhenItLeaves,
    /// A certificate counts beyond its end.
    TheEndIsIgnored,
    /// A copy leaves as it was prepared, whatever became of its reader's certificate.
    PreparedIsGood,
    /// What was to leave encrypted leaves in clear when it no longer can be.
    ThePromiseIsForgotten,
    /// The profile demands encryption, and nobody minds.
    DemandsAreIgnored,
    /// Nothing leaves: the safest of all, and of no use.
    NothingLeaves,
    /// What waited for a certificate waits for ever.
    CertificatesFreeNothing,
    /// Members read an advisory as soon as it is approved.
    ApprovalIsPredisclosure,
    /// Everybody reads what only members should.
    PredisclosureIsRelease,
    /// Who is suspended goes on reading.
    SuspensionIsIgnored,
    /// What is held leaves.
    HoldsAreIgnored,
    /// What was held once never leaves.
    HoldsStay,
}

impl Lie {
    pub const ALL: [Lie; 19] = [
        Lie::RemovalIsIgnored,
        Lie::AskedIsActive,
        Lie::LeavingIsIgnored,
        Lie::ALabelIsForgotten,
        Lie::TheSealIsForgotten,
        Lie::ListsRead,
        Lie::AskedOnlyWhenWritten,
        Lie::AskedOnlyWhenItLeaves,
        Lie::TheEndIsIgnored,
        Lie::PreparedIsGood,
        Lie::ThePromiseIsForgotten,
        Lie::DemandsAreIgnored,
        Lie::NothingLeaves,
        Lie::CertificatesFreeNothing,
        Lie::ApprovalIsPredisclosure,
        Lie::PredisclosureIsRelease,
        Lie::SuspensionIsIgnored,
        Lie::HoldsAreIgnored,
        Lie::HoldsStay,
    ];

    /// What the history that notices it says.
    pub fn noticed_as(self) -> &'static str {
        match self {
            Lie::NothingLeaves | Lie::CertificatesFreeNothing | Lie::HoldsStay => super::play::KEPT_BACK,
            _ => super::play::LEAKED,
        }
    }
}
