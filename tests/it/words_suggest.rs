//! Completions: each of its type, conditions among them, one typo from the fourth letter on, what was typed marked.

use std::sync::OnceLock;

use provider_directory::query::{self, suggest::Suggestion};

use super::words_names::{Words, provider};

fn world() -> &'static Words {
    static WORLD: OnceLock<Words> = OnceLock::new();
    WORLD.get_or_init(|| {
        let names = [
            "Ruth Cardenas",
            "José Cardoso",
            "Ida Winterbottom",
            "Riverside Heart Center",
        ];
        let all = (0..).map(|n| n * 2).zip(names);
        // All in the segment: completions of typos ask its edges.
        let twice = all.flat_map(|(n, name)| {
            [
                provider(n, name, None, "207RC0000X"),
                provider(n + 1, name, None, "207RC0000X"),
            ]
        });
        Words::of(twice.collect())
    })
}

fn suggest(q: &str) -> Vec<Suggestion> {
    let snapshot = world().index.snapshot();
    query::suggest(&snapshot, q, None, 8).expect("completions").suggestions
}

fn has(found: &[Suggestion], kind: &str, text: &str) -> bool {
    found
        .iter()
        .any(|s| s.kind == kind && s.text.eq_ignore_ascii_case(text))
}

#[test]
fn completions_are_typed_and_marked() {
    let found = suggest("card");
    assert!(found.iter().any(|s| s.kind == "specialty"), "{found:?}");
    assert!(has(&found, "provider", "Ruth Cardenas"), "{found:?}");
    let ruth = found.iter().find(|s| s.text == "Ruth Cardenas").expect("Ruth");
    assert_eq!(ruth.highlights, [(5, 9)]);
    let found = suggest("diabet");
    assert!(has(&found, "condition", "diabetes"), "{found:?}");
    for suggestion in found.iter().chain(&suggest("c")).chain(&suggest("jose car")) {
        let length = suggestion.text.chars().count();
        assert!(
            suggestion
                .highlights
                .iter()
                .all(|(from, to)| from < to && *to <= length),
            "{suggestion:?}"
        );
    }
}

#[test]
fn one_typo_from_the_fourth_letter_is_forgiven() {
    for (typed, kind, text) in [
        ("dermitolog", "specialty", "dermatology"),
        ("wimterbo", "provider", "Ida Winterbottom"),
        ("iwnterb", "provider", "Ida Winterbottom"),
    ] {
        let found = suggest(typed);
        assert!(has(&found, kind, text), "{typed}: {found:?}");
    }
    assert!(suggest("wxq").is_empty());
}
