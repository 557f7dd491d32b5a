//! The command that keeps the patches attached to a mail: of a signed mail those under the signature, and no others. All
//! of a mail or none.

use anyhow::Result;

use crate::handlers::control::{Did, Order, Refused, refuse};
use crate::handlers::say;
use crate::mail::opened::SignedForm;
use crate::policy::letters::typeset;
use crate::rules::authority::Proof;
use crate::rules::branches;
use crate::rules::command::Affected;
use crate::rules::label::{Label, Labels, Text};
use crate::rules::patches::{self, File, PATCHES_MAX, Sort};
use crate::store::facts::NewPatch;

use super::{REPEATED_CHARACTERS_MAX, credit};

/// Files that are named in one sentence.
const NAMED_MAX: usize = 10;
const AGAIN: &str = "nothing was kept: send all of them once more";

/// A patch to be kept.
struct Chosen {
    file: File,
    branches: Vec<String>,
}

impl Order<'_, '_, '_> {
    /// `lines`: which file is for which branch, as far as it was said.
    pub(in crate::handlers::control) fn patch(&mut self, lines: &[(String, String)]) -> Did {
        if let Err(refused) = self.learning()? {
            return Ok(Err(refused));
        }
        if self.mail.truncated.is_some() {
            return refuse(
                "your mail is too large, and we took only its beginning.",
                "send fewer patches in each mail.",
            );
        }
        let attached = match self.attached() {
            Ok(attached) => attached,
            Err(refused) => return Ok(Err(refused)),
        };
        self.keep_files(attached, lines)
    }

    /// Keeps those of them that are patches.
    pub(in crate::handlers::control) fn keep_files(&mut self, attached: Vec<File>, lines: &[(String, String)]) -> Did {
        let (chosen, left, remark) = match self.chosen(attached, lines) {
            Ok(chosen) => chosen,
            Err(refused) => return Ok(Err(refused)),
        };
        self.keep(&chosen, &left, &remark)
    }

    /// The files of the mail that whoever asks is proven to have attached.
    fn attached(&self) -> Result<Vec<File>, Refused> {
        let because = |why: &str, remedy: &str| Refused { why: why.to_owned(), remedy: remedy.to_owned() };
        let attached = match (self.by.proof, &self.mail.opened.signed) {
            (Proof::Signed, Some(signed)) if signed.form == SignedForm::Entity => patches::files(&signed.bytes),
            (Proof::Signed, _) => {
                return Err(because(
                    "your signature is over the text alone, and over no attachment.",
                    "sign the whole mail (PGP/MIME), so that the patches are under the signature, too.",
                ));
            }
            (Proof::Aligned, _) => patches::files(self.mail.readable),
        };
        match (attached.is_empty(), self.by.proof) {
            (false, _) => Ok(attached),
            (true, Proof::Signed) => Err(because(
                "no file is attached under your signature.",
                "attach the patches to the mail that says “!patch”, and sign them with it.",
            )),
            (true, Proof::Aligned) => {
                Err(because("no file is attached.", "attach the patches to the mail that says “!patch”."))
            }
        }
    }

    /// Which files are kept for which branches; the names of those that are not; and what there is to say.
    fn chosen(
        &self,
        attached: Vec<File>,
        lines: &[(String, String)],
    ) -> Result<(Vec<Chosen>, Vec<String>, String), Refused> {
        let because = |why: String, remedy: String| Err(Refused { why, remedy });
        let called: Vec<String> = attached.iter().map(|file| shown(&file.called)).collect();
        let names = |file: &File, line: &str| file.called == line || file.name == line;
        let absent = lines.iter().find(|(_, line)| attached.iter().all(|file| !names(file, line)));
        if let Some((_, line)) = absent {
            let why = format!("“{}” is not attached; attached: {}.", shown(line), listed(&called));
            return because(why, "write the name of the file as it is attached.".to_owned());
        }
        let is_meant = |file: &File| file.sort != Sort::Other || lines.iter().any(|(_, line)| names(file, line));
        let (files, left): (Vec<File>, Vec<File>) = attached.into_iter().partition(is_meant);
        if files.is_empty() {
            let why = format!("none of the attached files is called like a patch: {}.", listed(&called));
            let remedy = "call it “….patch”; or write a line for each below “!patch”: “BRANCH: FILE”.";
            return because(why, remedy.to_owned());
        }
        if files.len() > PATCHES_MAX {
            let why = format!("there are {} patches, and a mail may bring {PATCHES_MAX}.", files.len());
            return because(why, "send them in several mails.".to_owned());
        }
        if let Some((file, wrong)) = files.iter().find_map(|file| patches::wrong(file).map(|wrong| (file, wrong))) {
            let name = match shown(&file.called) {
                name if name.is_empty() => "a file without a name".to_owned(),
                name => format!("“{name}”"),
            };
            return because(format!("{name} {wrong}."), format!("correct that file; {AGAIN}."));
        }
        let twice = files.iter().enumerate().find(|(at, file)| files.iter().take(*at).any(|one| one.name == file.name));
        if let Some((_, file)) = twice {
            let why = format!("two of the files are called “{}”.", file.name);
            return because(why, format!("give each a name of its own; {AGAIN}."));
        }
        let mut remarks: Vec<String> = Vec::new();
        let (mut chosen, mut unclear) = (Vec::new(), Vec::new());
        for file in files {
            let mut branches = Vec::new();
            let own = lines.iter().filter(|(_, line)| names(&file, line)).map(|(branch, _)| branch.clone());
            let own: Vec<String> = own.collect();
            let profile = &self.desk.policy.profile.advisory;
            let by_name = match file.sort {
                Sort::Description => Vec::new(),
                _ => branches::of_file(&file.name, &profile.branches, &profile.prefix, profile.trunk.as_deref()),
            };
            for branch in if own.is_empty() { by_name } else { own } {
                let (branch, remark) = self.branch(&branch)?;
                if !remarks.contains(&remark) {
                    remarks.push(remark);
                }
                if !branches.contains(&branch) {
                    branches.push(branch);
                }
            }
            if branches.is_empty() && file.sort != Sort::Description {
                unclear.push(file.name.clone());
            }
            chosen.push(Chosen { file, branches });
        }
        if let Some(first) = unclear.first() {
            let why = format!("the name does not say which branch it is for: {}.", listed(&unclear));
            let remedy = format!("write a line for each below “!patch”, such as “4.20: {first}”; {AGAIN}.");
            return because(why, remedy);
        }
        Ok((chosen, left.iter().map(|file| shown(&file.called)).collect(), remarks.concat()))
    }

    fn keep(&mut self, chosen: &[Chosen], left: &[String], remark: &str) -> Did {
        let facts = self.desk.rows.facts();
        let before = facts.patches(self.case)?;
        let unaffected = facts.branches(self.case)?.into_iter().filter(|branch| branch.affected == Affected::No);
        let unaffected: Vec<String> = unaffected.map(|branch| branch.name).collect();
        let (mut replaced, mut same) = (Vec::new(), Vec::new());
        let mut odd: Vec<String> = Vec::new();
        for Chosen { file, branches } in chosen {
            let new = NewPatch { name: &file.name, branches, bytes: &file.bytes };
            let former = facts.keep_patch(self.case, &new, &self.said())?;
            odd.extend(branches.iter().filter(|branch| unaffected.contains(branch)).cloned());
            let hash = crate::mail::secret::sha256_hex(&file.bytes);
            let detail = format!("{} for {}, SHA-256 {hash}", file.name, branches::in_words(branches));
            match former {
                Some(former) if former.sha256 == hash && former.branches == *branches => same.push(file.name.clone()),
                Some(former) => {
                    let was = format!("{} for {}", former.sha256, branches::in_words(&former.branches));
                    self.record("replace patch", &format!("{detail}; before: {was}"))?;
                    replaced.push(file.name.clone());
                    continue;
                }
                None => {}
            }
            self.record("keep patch", &detail)?;
        }
        let files = if chosen.iter().all(|one| one.file.sort == Sort::Patch) { "patch" } else { "file" };
        let mut words = match (chosen.len(), files) {
            (1, _) => format!("The {files} is kept, byte for byte."),
            (many, "patch") => format!("{many} patches are kept, byte for byte."),
            (many, _) => format!("{many} files are kept, byte for byte."),
        };
        if !replaced.is_empty() {
            words.push_str(&format!(" In place of the earlier one of the same name: {}.", listed(&replaced)));
        }
        if !same.is_empty() {
            words.push_str(&format!(" The same as before: {}.", listed(&same)));
        }
        if !left.is_empty() {
            words.push_str(&format!(" Not kept, because not called like a patch: {}.", listed(left)));
        }
        odd.sort();
        odd.dedup();
        if !odd.is_empty() {
            words.push_str(&format!(" Mind that these branches are said not to be affected: {}.", odd.join(", ")));
        }
        words.push_str(remark);
        for reporter in facts.thanked(self.case)?.into_iter().filter(|one| one.anonymous).filter_map(|one| one.reporter)
        {
            let named = chosen.iter().filter(|chosen| credit::names(&chosen.file.bytes, &reporter));
            let named: Vec<String> = named.map(|chosen| chosen.file.name.clone()).collect();
            if !named.is_empty() {
                let address = &reporter.address;
                let listed = listed(&named);
                words.push_str(&format!(" The discoverer {address} is to stay anonymous, and is named in: {listed}."));
            }
        }
        let others = before.iter().filter(|one| chosen.iter().all(|chosen| chosen.file.name != one.name)).count();
        if others > 0 {
            words.push_str(&format!(" With those from before the case has {} patches.", others + chosen.len()));
        }
        words.push_str(&self.next()?);
        let names: Vec<&str> = chosen.iter().map(|chosen| chosen.file.name.as_str()).collect();
        let kept = facts.patches(self.case)?.into_iter().filter(|patch| names.contains(&patch.name.as_str()));
        let lines: Vec<String> = kept.flat_map(|patch| say::facts::patch(&patch)).collect();
        let mut labels = say::labels_of(self.case, self.mail.incoming);
        let sealed = facts.branches(self.case)?.iter().any(|branch| branch.sealed && odd.contains(&branch.name));
        labels.join(&Labels::of(Label::Case { case: self.case, sealed }));
        Ok(Ok((words, Text::new(labels, lines.join("\n")))))
    }
}

fn shown(name: &str) -> String {
    typeset::one_line(name, REPEATED_CHARACTERS_MAX)
}

/// Names, as a sentence has them.
fn listed(names: &[String]) -> String {
    let more = names.len().saturating_sub(NAMED_MAX);
    let shown = names.iter().take(NAMED_MAX).map(|name| if name.is_empty() { "(without a name)" } else { name });
    let shown = shown.collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown}, and {more} more") } else { shown }
}
