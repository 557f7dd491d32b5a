//! Who must be written to in cipher: the profile's table `[encryption]` (DESIGN section 5). Text that came encrypted
//! always leaves encrypted, whatever stands there: that is a label, and the gate's.

use serde::Deserialize;

/// For each group of readers, whether labelled text may reach them in clear when they have no usable certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encryption {
    pub team: Want,
    pub members: Want,
    pub reporters: Want,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Want {
    /// Without a usable certificate they get a notice without content.
    Required,
    /// Encrypted to those who have a certificate, in clear to the others.
    WhenPossible,
}

impl Encryption {
    /// Whether labelled text for a reader may leave encrypted only. Who is several things is held to the strictest.
    pub fn is_required(&self, team: bool, member: bool, reporter: bool) -> bool {
        let groups = [(team, self.team), (member, self.members), (reporter, self.reporters)];
        groups.into_iter().any(|(belongs, want)| belongs && want == Want::Required)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_several_things_is_held_to_the_strictest() {
        let rules = Encryption { team: Want::Required, members: Want::WhenPossible, reporters: Want::WhenPossible };
        assert!(rules.is_required(true, false, true));
        assert!(!rules.is_required(false, true, true));
        assert!(!rules.is_required(false, false, false), "a stranger gets nothing labelled anyway");
    }
}
