//! How long does it take to complete what somebody is typing?
//!
//! ```text
//! cargo bench --bench suggest -- [--providers 20000]
//! ```

mod world;

use provider_directory::{query, vocab::names::words};
use world::World;

fn main() {
    let world = World::open("suggest");
    let snapshot = world.snapshot();
    let mut typed: Vec<String> = Vec::new();
    for (number, provider) in world.sample(300).enumerate() {
        let name = provider.name.last.as_ref().or(provider.name.organization.as_ref());
        typed.extend(name.map(|name| name.chars().take(1 + number % 6).collect::<String>()));
    }
    typed.retain(|text| !words(text).is_empty());
    for text in &typed {
        let found = query::suggest(&snapshot, text, None, 10).expect("suggestions");
        let begun = words(text);
        let named = found
            .suggestions
            .iter()
            .filter(|s| s.kind == "provider" || s.kind == "organization");
        for suggestion in named {
            let npi = suggestion.value.as_deref().expect("an NPI");
            let borne = world
                .providers
                .iter()
                .find(|p| p.npi.is_some_and(|own| own.to_string() == npi));
            let provider = borne.expect("a provider of the world");
            let mut own = world::name_words(&provider.name);
            own.extend(
                provider
                    .other_names
                    .iter()
                    .flat_map(|other| world::name_words(&other.name)),
            );
            assert!(
                begun
                    .iter()
                    .all(|word| own.iter().any(|o| o.starts_with(word.as_str()))),
                "{text} is no beginning of {own:?}"
            );
        }
        let begins = |provider: &&provider_directory::domain::provider::Provider| {
            let own = world::name_words(&provider.name);
            begun
                .iter()
                .all(|word| own.iter().any(|o| o.starts_with(word.as_str())))
        };
        let somebody = world.providers.iter().any(|provider| begins(&provider));
        assert!(!somebody || !found.suggestions.is_empty(), "{text} has a completion");
    }
    world.tell("suggest", &typed, |text, bytes| {
        let found = query::suggest(&snapshot, text, None, 10).expect("suggestions");
        serde_json::to_writer(bytes, &found).expect("JSON");
    });
}
