//! The description of an advisory for programs, where one is attached (`xsa480.meta`, JSON): whether it names the patches.
//! A real one says `"Patches": []` for every branch, and a patch is there (XSA-317).

use serde::Deserialize;
use std::collections::BTreeMap;

use super::{Subject, listed, quoted};
use crate::advisory::facts::File;
use crate::advisory::finding::Finding;
use crate::advisory::listing::{is_patch, names};

const ENDING: &str = ".meta";
const BYTES_MAX: usize = 1 << 20;

#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "XSA")]
    number: Option<i64>,
    #[serde(rename = "Recipes", default)]
    branches: BTreeMap<String, Branch>,
}

#[derive(Deserialize)]
struct Branch {
    #[serde(rename = "Recipes", default)]
    trees: BTreeMap<String, Tree>,
}

#[derive(Deserialize)]
struct Tree {
    #[serde(rename = "Patches", default)]
    patches: Vec<String>,
}

pub fn recipes(subject: &Subject<'_>) -> Vec<Finding> {
    let files = subject.files.unwrap_or_default().iter();
    files.filter(|file| file.name.ends_with(ENDING)).flat_map(|file| of(subject, file)).collect()
}

fn of(subject: &Subject<'_>, file: &File) -> Vec<Finding> {
    let name = quoted(&file.name);
    let listing = &subject.listing;
    let line = listing.hashes.iter().find(|hash| hash.file == file.name).map_or(0, |hash| hash.line);
    let bytes = file.bytes.get(..BYTES_MAX).unwrap_or(&file.bytes);
    let Ok(meta) = serde_json::from_slice::<Meta>(bytes) else {
        return vec![Finding::error(
            line,
            format!("“{name}” cannot be read as JSON with recipes of patches; correct it."),
        )];
    };
    let mut found = Vec::new();
    if let (Some(says), Some(own)) = (meta.number, subject.advisory.head.number)
        && says != own
    {
        let (says, own) = (subject.style.called(says), subject.style.called(own));
        found.push(Finding::error(line, format!("“{name}” is about {says}, and the text about {own}; correct it.")));
    }
    let attached = subject.files.unwrap_or_default().iter().map(|file| file.name.as_str());
    let known: Vec<&str> = attached.chain(listing.hashes.iter().map(|hash| hash.file.as_str())).collect();
    let patches = |branch: &Branch| branch.trees.values().flat_map(|tree| tree.patches.clone()).collect::<Vec<_>>();
    let bare = meta.branches.iter().filter(|(_, branch)| patches(branch).is_empty());
    let bare: Vec<String> = bare.map(|(branch, _)| branch.clone()).collect();
    if !bare.is_empty() && known.iter().any(|file| is_patch(file)) {
        found.push(Finding::warning(
            line,
            format!("“{name}” names no patch for {}, and there are patches; add them.", quoted(&listed(&bare))),
        ));
    }
    let mut strange: Vec<String> = meta.branches.values().flat_map(patches).collect();
    strange.sort();
    strange.dedup();
    let strange = strange.into_iter().filter(|patch| !known.iter().any(|file| names(patch, file)));
    found.extend(strange.map(|patch| {
        Finding::warning(
            line,
            format!("“{name}” names “{}”, which is neither listed nor attached; correct it.", quoted(&patch)),
        )
    }));
    found
}
