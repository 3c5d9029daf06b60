//! A form that was refused stands on its page again, with what was in it and what is wrong about each field.
//!
//! The page is rendered as ever; then the fields of the one form that was sent are filled in. It reads nothing but pages of ours, whose
//! tags and attributes are written in one way: lower case, every value in quotation marks, escaped.

use maud::{Markup, PreEscaped, html};

use super::{portal::in_words, telling::sentences};
use crate::interfaces::http::problem::Problem;
use crate::vocab::Fault;

/// A form as it was sent.
pub struct Sent<'a> {
    /// Where it was sent to, as its `action` has it.
    pub action: &'a str,
    /// What was in it.
    pub pairs: &'a [(String, String)],
}

impl Sent<'_> {
    fn value(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    fn has(&self, name: &str, value: &str) -> bool {
        self.pairs.iter().any(|(n, v)| n == name && v == value)
    }
}

/// A field of the form: its name, its key on the page, what it is called.
struct Field {
    name: String,
    id: String,
    label: String,
}

/// The page with the form filled in, under a box that says what is wrong.
pub fn filled(page: &Markup, sent: &Sent<'_>, problem: &Problem) -> Markup {
    let page = page.0.as_str();
    let Some((before, form, after)) = form_of(page, sent) else {
        return html! { (alert(problem, &[])) (PreEscaped(page)) };
    };
    let fields = fields_of(form);
    let mut made = String::with_capacity(form.len() + 512);
    let mut rest = form;
    while let Some(at) = rest.find('<') {
        let (text, from) = rest.split_at(at);
        made.push_str(text);
        let end = from.find('>').map_or(from.len(), |end| end + 1);
        let (tag, behind) = from.split_at(end);
        rest = behind;
        let name = attribute(tag, "name").unwrap_or_default();
        let wrong = fields.iter().find(|field| field.name == name);
        let wrong = wrong.and_then(|field| Some((field, fault_of(problem, &field.name, &fields)?)));
        if tag.starts_with("<input ") && !name.is_empty() {
            made.push_str(&marked(&input(tag, name, sent), wrong));
            made.push_str(&told(wrong));
        } else if tag.starts_with("<textarea ") {
            made.push_str(&marked(tag, wrong));
            let close = rest.find("</textarea>").unwrap_or(rest.len());
            let (kept, behind) = rest.split_at(close);
            let said = sent.value(name).map(escaped);
            made.push_str(said.as_deref().unwrap_or(kept));
            rest = behind.strip_prefix("</textarea>").unwrap_or(behind);
            made.push_str("</textarea>");
            made.push_str(&told(wrong));
        } else if tag.starts_with("<select ") {
            made.push_str(&marked(tag, wrong));
            let close = rest.find("</select>").unwrap_or(rest.len());
            let (options, behind) = rest.split_at(close);
            made.push_str(&chosen(options, sent.value(name)));
            rest = behind.strip_prefix("</select>").unwrap_or(behind);
            made.push_str("</select>");
            made.push_str(&told(wrong));
        } else {
            made.push_str(tag);
        }
    }
    made.push_str(rest);
    html! { (alert(problem, &fields)) (PreEscaped(before)) (PreEscaped(made)) (PreEscaped(after)) }
}

/// The page before the form, the form, and the page behind it. Of several that are sent to one place, the first that has something
/// to fill in.
fn form_of<'p>(page: &'p str, sent: &Sent<'_>) -> Option<(&'p str, &'p str, &'p str)> {
    let action = escaped(sent.action);
    let mut from = 0;
    while let Some(at) = page.get(from..)?.find("<form ").map(|at| from + at) {
        let end = page.get(at..)?.find("</form>").map_or(page.len(), |end| at + end);
        let form = page.get(at..end)?;
        let tag = form.get(..form.find('>')? + 1)?;
        if attribute(tag, "action") == Some(action.as_str()) && !fields_of(form).is_empty() {
            return Some((page.get(..at)?, form, page.get(end..)?));
        }
        from = end;
    }
    None
}

/// The fields that somebody fills in, with their labels.
fn fields_of(form: &str) -> Vec<Field> {
    let tags = form
        .match_indices('<')
        .filter_map(|(at, _)| form.get(at..at + form.get(at..)?.find('>')? + 1));
    let tags = tags.filter(|tag| {
        ["<input ", "<textarea ", "<select "]
            .iter()
            .any(|kind| tag.starts_with(kind))
    });
    let shown = tags.filter(|tag| attribute(tag, "type") != Some("hidden"));
    let field = |tag: &str| {
        let name = attribute(tag, "name")?;
        let id = attribute(tag, "id").unwrap_or_default();
        let mark = format!("<label for=\"{id}\">");
        let label = form
            .split_once(&mark)
            .and_then(|(_, behind)| behind.split_once("</label>"));
        Some(Field {
            name: name.to_owned(),
            id: id.to_owned(),
            label: label.map_or_else(|| in_words(name), |(label, _)| label.to_owned()),
        })
    };
    shown.filter_map(field).collect()
}

/// What is wrong about a field. Of a file it is told under what it lacks: its name, its type, its bytes.
fn fault_of<'p>(problem: &'p Problem, name: &str, fields: &[Field]) -> Option<&'p Fault> {
    let has = |name: &str| fields.iter().any(|field| field.name == name);
    problem.errors().iter().find(|fault| {
        let of = fault.field.split(['[', '.']).next().unwrap_or_default();
        let is_of_file = matches!(of, "name" | "media_type" | "content" | "file") && !has(of);
        of == name || of.strip_suffix("_id") == Some(name) || (name == "file" && is_of_file)
    })
}

fn alert(problem: &Problem, fields: &[Field]) -> Markup {
    html! {
        div .alert role="alert" {
            p { strong { "Not done yet." } }
            @if problem.errors().is_empty() { p { (sentences(problem.detail()).join(" ")) } } @else {
                ul { @for fault in problem.errors() {
                    @let field = fields.iter().find(|field| fault_of(problem, &field.name, fields) == Some(fault));
                    li {
                        @match field {
                            Some(field) if !field.id.is_empty() => a href={ "#" (field.id) } { (PreEscaped(&field.label)) },
                            _ => strong { (in_words(&fault.field)) },
                        }
                        ": " (sentences(&fault.message).join(" "))
                    }
                } }
            }
        }
    }
}

/// A tag of a field that is wrong says so.
fn marked(tag: &str, wrong: Option<(&Field, &Fault)>) -> String {
    let Some((field, _)) = wrong else {
        return tag.to_owned();
    };
    let about = format!("{}-wrong", field.id);
    let about = attribute(tag, "aria-describedby").map_or(about.clone(), |help| format!("{help} {about}"));
    with(&with(tag, "aria-describedby", &about), "aria-invalid", "true")
}

fn told(wrong: Option<(&Field, &Fault)>) -> String {
    let message = |(field, fault): (&Field, &Fault)| {
        html! { p .wrong id={ (field.id) "-wrong" } { (sentences(&fault.message).join(" ")) } }.into_string()
    };
    wrong.map(message).unwrap_or_default()
}

fn input(tag: &str, name: &str, sent: &Sent<'_>) -> String {
    match attribute(tag, "type").unwrap_or("text") {
        "hidden" | "file" | "password" => tag.to_owned(),
        "checkbox" => {
            let bare = tag.replace(" checked>", ">");
            if sent.has(name, attribute(tag, "value").unwrap_or_default()) {
                bare.replacen("<input ", "<input checked ", 1)
            } else {
                bare
            }
        }
        _ => sent
            .value(name)
            .map_or_else(|| tag.to_owned(), |value| with(tag, "value", &escaped(value))),
    }
}

fn chosen(options: &str, value: Option<&str>) -> String {
    let Some(value) = value else {
        return options.to_owned();
    };
    let bare = options.replace("\" selected>", "\">");
    let mark = format!("<option value=\"{}\"", escaped(value));
    bare.replacen(&mark, &format!("{mark} selected"), 1)
}

/// The value of an attribute, as it is written.
fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let from = tag.split_once(&format!(" {name}=\""))?.1;
    from.split_once('"').map(|(value, _)| value)
}

/// The tag with this value of an attribute, in the place of another.
fn with(tag: &str, name: &str, value: &str) -> String {
    let bare = match attribute(tag, name) {
        Some(old) => tag.replacen(&format!(" {name}=\"{old}\""), "", 1),
        None => tag.to_owned(),
    };
    let end = bare.strip_suffix('>').unwrap_or(&bare);
    format!("{end} {name}=\"{value}\">")
}

fn escaped(text: &str) -> String {
    html! { (text) }.into_string().replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interfaces::http::problem::Kind;

    #[test]
    fn what_was_sent_stands_in_its_form_again_with_what_is_wrong() {
        let page = html! {
            form action="/other" method="post" { input #x name="name" value="old"; }
            form action="/here" method="post" {
                input type="hidden" name="word" value="w";
                label for="n" { "Its name" } input #n name="name" maxlength="9" aria-describedby="n-help";
                label for="t" { "Text" } textarea #t name="text" { "old" }
                select #k name="kind" { option value="a" selected { "A" } option value="b" { "B" } }
                input type="checkbox" name="tick" value="true";
            }
            p { "behind" }
        };
        let pairs = [
            ("name", "<b>\""),
            ("text", "</textarea>"),
            ("kind", "b"),
            ("tick", "true"),
            ("word", "evil"),
        ];
        let pairs = pairs.map(|(n, v)| (n.to_owned(), v.to_owned()));
        let sent = Sent {
            action: "/here",
            pairs: &pairs,
        };
        let fault = Fault::new("name", "length", "is too `long`");
        let problem = Problem::new(Kind::RuleRefused, "no").with_errors(vec![fault]);
        let made = filled(&page, &sent, &problem).into_string();
        for part in [
            "id=\"x\" name=\"name\" value=\"old\"",
            "value=\"&lt;b&gt;&quot;\"",
            "aria-describedby=\"n-help n-wrong\"",
            "aria-invalid=\"true\"",
            "<p class=\"wrong\" id=\"n-wrong\">",
            ">&lt;/textarea&gt;</textarea>",
            "<option value=\"b\" selected>",
            "<input checked type=\"checkbox\"",
            "name=\"word\" value=\"w\"",
            "<a href=\"#n\">Its name</a>",
            "<p>behind</p>",
        ] {
            assert!(made.contains(part), "{part} is missing in {made}");
        }
        assert!(
            !made.contains("<b>") && !made.contains("value=\"a\" selected"),
            "{made}"
        );
    }

    #[test]
    fn what_stands_on_no_form_is_told_above_the_page() {
        let page = html! { form action="/here" { button { "Do" } } };
        let sent = Sent {
            action: "/here",
            pairs: &[],
        };
        let made = filled(&page, &sent, &Problem::not_found("Gone.")).into_string();
        assert!(
            made.starts_with("<div class=\"alert\"") && made.ends_with("</form>"),
            "{made}"
        );
    }
}
