//! What looks like an answer and is none: half taken back, said of something else, or by the wrong link.

use super::*;

const WHY: &str = "we are a public hosting provider";

fn status(body: &str, id: &str) -> Status {
    findings(body).get(id).unwrap().status
}

#[test]
fn which_products_is_not_said_by_saying_that_some_do() {
    for (said, expected, required) in [
        ("some of our clusters run on Xen and the others on bare metal", Status::Unclear, true),
        ("some of our mail clusters use Xen, while the rest is on KVM", Status::Unclear, true),
        ("some of our products, Otter Box and Heron, run on Xen and others on KVM", Status::Found, true),
        ("not quite everything is Xen: Otter Box and Heron run on Xen", Status::Found, true),
        ("our Otter line is on Xen; the heron line does not use Xen", Status::Found, true),
        ("all of our services run on Xen", Status::Found, false),
        ("all services run on Xen, other hypervisors we do not offer", Status::Found, false),
        ("all of our Xen machines are in Oslo", Status::Missing, false),
    ] {
        let body = WHOLE.replace(WHY, &format!("{WHY}. {said}"));
        let findings = findings(&body);
        let finding = findings.get("products").unwrap();
        assert_eq!((finding.status, finding.required), (expected, required), "{said}: {}", finding.quote);
    }
    let asked =
        format!("{}\nProducts which use Xen:\n\n", WHOLE.replace(WHY, &format!("{WHY}; some of our racks use Xen")));
    assert_eq!(status(&asked, "products"), Status::Missing);
    for (answer, expected) in [("all", Status::Found), ("all of them", Status::Found), ("some", Status::Unclear)] {
        let body = format!("{WHOLE}Products which use Xen: {answer}\n");
        assert_eq!(status(&body, "products"), expected, "{answer}");
    }
}

#[test]
fn a_claim_that_is_half_taken_back_is_none() {
    for (why, expected) in [
        ("we are a public hosting provider", Status::Found),
        ("we are a public hosting provider, if you need more please ask", Status::Found),
        ("we are a public hosting provider; if it matters, since 2009", Status::Found),
        ("we are a public hosting provider if our friends are the public", Status::Unclear),
        ("we are, in a way, a hosting provider", Status::Unclear),
        ("we will soon be a hosting provider", Status::Unclear),
        ("we hope to be a vendor of appliances", Status::Unclear),
        ("almost a hosting provider", Status::Unclear),
        ("we are a vps reseller, the servers are somebody else's", Status::Unclear),
        ("we are a hosting provider. The hypervisors are operated by our upstream", Status::Unclear),
        ("we are a vendor of appliances; a reseller near you sells them", Status::Found),
    ] {
        assert_eq!(status(&WHOLE.replace(WHY, why), "criteria"), expected, "{why}");
    }
}

#[test]
fn a_link_shows_what_its_own_words_say() {
    // A page about the software does not show who they are.
    let body = WHOLE
        .replace("Provider: https://acme.example/\n", "About us: https://www.linkedin.com/acme\n")
        .replace("Use of Xen: ", "About Xen: ");
    assert_eq!(status(&body, "provider-evidence"), Status::Unclear);
    assert_eq!(status(&body, "usage-evidence"), Status::Found);
    // One link may show two things, if that is said.
    for (rates, expected) in [
        ("https://acme.example/prices says what we offer and what it costs", Status::Found),
        ("https://acme.example/prices", Status::Missing),
    ] {
        let body = WHOLE.replace("Provider: https://acme.example/\n", "").replace("https://acme.example/prices", rates);
        assert_eq!(status(&body, "provider-evidence"), expected, "{rates}");
        assert_eq!(status(&body, "hosting-rates"), Status::Found, "{rates}");
    }
}

#[test]
fn links_in_prose_and_below_the_text_count_for_what_the_prose_says() {
    let prose = "Our service is at https://acme.example/ and our prices are on https://acme.example/list .\n\n";
    let without = WHOLE.replace("Provider: https://acme.example/\nRates: https://acme.example/prices\n", "");
    let findings = findings(&format!("{prose}{without}"));
    assert!(findings.complete(), "{:?}", findings.open().collect::<Vec<_>>());
    let notes = "What we offer [1], and what it costs [2].\n\n";
    let below = "\n[1] https://acme.example/\n[2] https://acme.example/list\n";
    assert_eq!(status(&format!("{notes}{without}{below}"), "provider-evidence"), Status::Found);
    assert_eq!(status(&format!("{notes}{without}{below}"), "hosting-rates"), Status::Found);
    // What nothing refers to shows nothing; what is refused above is refused below.
    assert_ne!(status(&format!("{without}{below}"), "hosting-rates"), Status::Found);
    let video = below.replace("https://acme.example/list", "https://youtube.com/acme");
    assert_eq!(status(&format!("{notes}{without}{video}"), "hosting-rates"), Status::Unclear);
}

#[test]
fn a_quoted_table_of_findings_asks_by_the_names_of_its_items() {
    let body = "> alias               missing: one address of a role\n\nxsa@acme.example\n\n\
        > usage-evidence      missing: a page that shows it\n\nhttps://acme.example/stack\n";
    assert_eq!(found(body, "alias"), "found xsa@acme.example");
    assert_eq!(found(body, "usage-evidence"), "found https://acme.example/stack");
}

#[test]
fn a_short_form_at_the_beginning_of_a_sentence_is_nobodys_name() {
    for said in ["We'll provide our keys.", "We’ll provide our keys.", "It's a service.", "I'm with you."] {
        let body = format!("Hello,\n\n{said}\n");
        assert_eq!(status(&body, "organisation"), Status::Missing, "{said}");
    }
}
