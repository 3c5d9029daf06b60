//! The fields of the administration's forms. Each takes what stands in it: in a form that was refused, what was sent, and under it
//! what is wrong.

use std::sync::{Mutex, PoisonError};

use maud::{Markup, html};

use super::{portal::in_words, telling::sentences};
use crate::interfaces::http::problem::Problem;
use crate::vocab::Fault;

/// A form that was refused.
pub struct Refused {
    /// Where it was sent to, as its `action` has it.
    pub action: String,
    /// What was in it.
    pub sent: Vec<(String, String)>,
    /// Why.
    pub problem: Problem,
    /// The fields in which the page shows it again. They add themselves as they are rendered, and the box above them, which is
    /// rendered last, names each by its label.
    pub shown: Mutex<Vec<Shown>>,
}

/// A field on the page: its name, its key, what it is called.
pub struct Shown {
    name: String,
    id: String,
    label: String,
}

impl Refused {
    /// What is wrong, to be read out first; a fault of a field leads to it.
    pub fn alert(&self) -> Markup {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let problem = &self.problem;
        html! {
            div .alert role="alert" {
                p { strong { "Not done yet." } }
                @if problem.errors().is_empty() { p { (sentences(problem.detail()).join(" ")) } } @else {
                    ul { @for fault in problem.errors() {
                        li {
                            @match shown.iter().find(|field| is_about(fault, &field.name)) {
                                Some(field) => a href={ "#" (field.id) } { (field.label) },
                                None => strong { (in_words(&fault.field)) },
                            }
                            ": " (sentences(&fault.message).join(" "))
                        }
                    } }
                }
            }
        }
    }
}

/// Whether a fault is about a field of this name. That of a file is told under what it lacks: its name, its type, its bytes.
fn is_about(fault: &Fault, name: &str) -> bool {
    let of = fault.field.split(['[', '.']).next().unwrap_or_default();
    let is_of_file = || matches!(of, "name" | "media_type" | "content" | "file");
    of == name || of.strip_suffix("_id") == Some(name) || (name == "file" && is_of_file())
}

/// A form on a page: as it is for who opens it, or as it was refused.
#[derive(Clone, Copy)]
pub struct Form<'a> {
    refused: Option<&'a Refused>,
}

/// A field with its label: made with what it must have, then told what else it has.
#[derive(Clone, Copy)]
pub struct Field<'a> {
    id: &'a str,
    name: &'a str,
    label: &'a str,
    value: &'a str,
    help: Option<&'a str>,
    longest: Option<u32>,
    is_required: bool,
    of_type: Option<&'a str>,
    shape: Option<&'a str>,
    example: Option<&'a str>,
    keys: Option<&'a str>,
}

impl<'a> Field<'a> {
    /// An empty field of text: its key on the page, its name in the form, what it is called.
    pub const fn new(id: &'a str, name: &'a str, label: &'a str) -> Self {
        Self {
            id,
            name,
            label,
            value: "",
            help: None,
            longest: None,
            is_required: false,
            of_type: None,
            shape: None,
            example: None,
            keys: None,
        }
    }

    /// What stands in it unless something was sent.
    pub const fn value(self, value: &'a str) -> Self {
        Self { value, ..self }
    }

    /// What helps to fill it in.
    pub const fn help(self, help: &'a str) -> Self {
        Self {
            help: Some(help),
            ..self
        }
    }

    /// Characters at most.
    pub const fn longest(self, most: u32) -> Self {
        Self {
            longest: Some(most),
            ..self
        }
    }

    /// It must be filled in.
    pub const fn required(self) -> Self {
        Self {
            is_required: true,
            ..self
        }
    }

    /// The type of a line, such as `date`.
    pub const fn of_type(self, of_type: &'a str) -> Self {
        Self {
            of_type: Some(of_type),
            ..self
        }
    }

    /// The pattern that it has to follow.
    pub const fn shape(self, shape: &'a str) -> Self {
        Self {
            shape: Some(shape),
            ..self
        }
    }

    /// What it looks like filled in.
    pub const fn example(self, example: &'a str) -> Self {
        Self {
            example: Some(example),
            ..self
        }
    }

    /// The keys that a telephone offers for it, as `inputmode` names them.
    pub const fn keys(self, keys: &'a str) -> Self {
        Self {
            keys: Some(keys),
            ..self
        }
    }
}

impl<'a> Form<'a> {
    /// The form that is sent to `action`: the one that was refused, or another.
    pub fn sent_to(action: &str, refused: Option<&'a Refused>) -> Self {
        Self {
            refused: refused.filter(|refused| refused.action == action),
        }
    }

    /// What was sent in a field; none where the form was not.
    fn sent(&self, name: &str) -> Option<&'a str> {
        let sent = &self.refused?.sent;
        let found = sent.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// What is wrong about a field, which stands on the page from here on.
    fn wrong(&self, field: Field<'_>) -> Option<String> {
        let refused = self.refused?;
        let mut shown = refused.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.push(Shown {
            name: field.name.to_owned(),
            id: field.id.to_owned(),
            label: field.label.to_owned(),
        });
        let fault = refused
            .problem
            .errors()
            .iter()
            .find(|fault| is_about(fault, field.name));
        fault.map(|fault| sentences(&fault.message).join(" "))
    }

    /// The label, the field that `input` makes from what stands in it and what describes it, the help, and what is wrong.
    fn around(&self, field: Field<'_>, input: impl Fn(&str, Option<&str>, Option<&str>) -> Markup) -> Markup {
        let wrong = self.wrong(field);
        let keys = [
            field.help.map(|_| format!("{}-help", field.id)),
            wrong.as_ref().map(|_| format!("{}-wrong", field.id)),
        ];
        let keys = keys.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let keys = Some(keys.as_str()).filter(|keys| !keys.is_empty());
        let value = self.sent(field.name).unwrap_or(field.value);
        html! {
            div {
                label for=(field.id) { (field.label) }
                (input(value, keys, wrong.as_ref().map(|_| "true")))
                @if let Some(wrong) = &wrong { p .wrong id={ (field.id) "-wrong" } { (wrong) } }
                @if let Some(help) = field.help { p .muted id={ (field.id) "-help" } { (help) } }
            }
        }
    }

    /// A field of one line.
    pub fn line(&self, field: Field<'_>) -> Markup {
        self.around(field, |value, keys, wrong| {
            let value = Some(value).filter(|value| !value.is_empty() && field.of_type != Some("file"));
            html! {
                input id=(field.id) type=[field.of_type] name=(field.name) value=[value] required[field.is_required]
                    maxlength=[field.longest] pattern=[field.shape] placeholder=[field.example] inputmode=[field.keys] aria-describedby=[keys] aria-invalid=[wrong];
            }
        })
    }

    /// A field of several lines.
    pub fn area(&self, field: Field<'_>, rows: u32) -> Markup {
        self.around(field, |value, keys, wrong| {
            html! {
                textarea id=(field.id) name=(field.name) rows=(rows) required[field.is_required]
                    maxlength=[field.longest] aria-describedby=[keys] aria-invalid=[wrong] { (value) }
            }
        })
    }

    /// A choice of one of these values, each with what it is called.
    pub fn choice(&self, field: Field<'_>, options: &[(String, String)]) -> Markup {
        self.around(field, |chosen, keys, wrong| {
            html! {
                select id=(field.id) name=(field.name) aria-describedby=[keys] aria-invalid=[wrong] {
                    @for (value, words) in options { option value=(value) selected[value == chosen] { (words) } }
                }
            }
        })
    }

    /// A box to tick, of which several may have one name.
    pub fn tick(&self, name: &str, value: &str, label: &str) -> Markup {
        let is_sent = |refused: &Refused| refused.sent.iter().any(|(n, v)| n == name && v == value);
        html! {
            div { label {
                input type="checkbox" name=(name) value=(value) checked[self.refused.is_some_and(is_sent)];
                " " (label)
            } }
        }
    }
}

/// Options by codes and words.
pub fn options<const N: usize>(of: [(&str, &str); N]) -> Vec<(String, String)> {
    of.map(|(code, words)| (code.to_owned(), words.to_owned())).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interfaces::http::problem::Kind;

    fn refused(pairs: &[(&str, &str)], fault: Fault) -> Refused {
        let sent = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Refused {
            action: "/here".to_owned(),
            sent: sent.collect(),
            problem: Problem::new(Kind::RuleRefused, "no").with_errors(vec![fault]),
            shown: Mutex::default(),
        }
    }

    const NAME: Field<'_> = Field::new("n", "name", "Its name")
        .value("old")
        .help("Two words.")
        .longest(9)
        .required();

    #[test]
    fn what_was_sent_stands_in_its_form_again_with_what_is_wrong() {
        let pairs = [
            ("name", "<b>\""),
            ("text", "</textarea>"),
            ("kind", "b"),
            ("tick", "true"),
        ];
        let refused = refused(&pairs, Fault::new("name", "length", "is too `long`"));
        let form = Form::sent_to("/here", Some(&refused));
        let text = Field::new("t", "text", "Text");
        let kind = Field::new("k", "kind", "Kind").value("a");
        let made = html! {
            (form.line(NAME)) (form.area(text, 3)) (form.choice(kind, &options([("a", "A"), ("b", "B")])))
            (form.tick("tick", "true", "Tick")) (refused.alert())
        };
        let made = made.into_string();
        for part in [
            "name=\"name\" value=\"&lt;b&gt;&quot;\"",
            "aria-describedby=\"n-help n-wrong\"",
            "aria-invalid=\"true\"",
            "<p class=\"wrong\" id=\"n-wrong\">",
            ">&lt;/textarea&gt;</textarea>",
            "<option value=\"b\" selected>",
            "value=\"true\" checked>",
            "<a href=\"#n\">Its name</a>: Is too \u{201c}long\u{201d}.",
        ] {
            assert!(made.contains(part), "{part} is missing in {made}");
        }
        assert!(
            !made.contains("<b>") && !made.contains("value=\"a\" selected"),
            "{made}"
        );
    }

    #[test]
    fn another_form_stays_as_it_is() {
        let refused = refused(&[("name", "new")], Fault::new("of_nobody", "length", "too long"));
        let form = Form::sent_to("/there", Some(&refused));
        let made = form.line(NAME).into_string();
        assert!(
            made.contains("value=\"old\"") && made.contains("aria-describedby=\"n-help\""),
            "{made}"
        );
        assert!(!made.contains("aria-invalid"), "{made}");
        let alert = refused.alert().into_string();
        assert!(alert.contains("<strong>Of nobody</strong>: Too long."), "{alert}");
    }

    #[test]
    fn what_a_file_lacks_is_told_at_the_file() {
        for field in ["name", "media_type", "content", "file"] {
            assert!(is_about(&Fault::new(field, "x", "x"), "file"), "{field}");
        }
        assert!(
            is_about(&Fault::new("clinic_id", "x", "x"), "clinic") && !is_about(&Fault::new("text", "x", "x"), "file")
        );
    }
}
