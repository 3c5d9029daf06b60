//! Several wishes that nobody fulfils together: which of them to give up, and who is found then.

use std::sync::OnceLock;

use provider_directory::vocab::terms::Gender;

use super::words_names::{Words, provider};

fn world() -> &'static Words {
    static WORLD: OnceLock<Words> = OnceLock::new();
    WORLD.get_or_init(|| {
        let mut rows = vec![
            provider(0, "Ada Kim", None, "122300000X"),
            provider(2, "Bert Green", None, "122300000X"),
            provider(4, "Carl Brown", None, "122300000X"),
        ];
        rows[0].gender = Some(Gender::Female);
        for (at, language) in [(1, "ko"), (2, "vi")] {
            rows[at].gender = Some(Gender::Male);
            rows[at].languages.push(language.to_owned());
        }
        Words::of(rows)
    })
}

#[test]
fn the_fewest_wishes_to_give_up_are_told_with_counts() {
    for (text, told) in [
        (
            "female korean dentist",
            "nobody found is of that gender, as far as is known; without that there is 1; without the language there is 1",
        ),
        (
            "female korean dentist open now",
            "nobody found is all of that; without the hours and the gender there is 1; without the hours and the language \
             there is 1",
        ),
        (
            "female tagalog wheelchair accessible dentist open now",
            "nobody found is all of that; without those wishes there are 3",
        ),
    ] {
        let answer = world().ask(&[("q", text)]);
        assert_eq!(answer["total"]["value"], 0, "{text}: {answer}");
        assert_eq!(answer["hint"], told, "{text}: {answer}");
    }
}
