//! The search form: what stands in its fields, and the search that it asks for.

use std::collections::BTreeMap;

use super::visit::LANG;
use crate::interfaces::http::{parameters, problem::Problem};

/// The form's fields as the address has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// One box for anything.
    pub q: String,
    /// Where.
    pub near: String,
    /// Miles; empty: any distance.
    pub radius: String,
    /// What may be chosen several times over, by the name of its field: codes, ids, or a specialty in words. No list is empty.
    pub lists: BTreeMap<&'static str, Vec<String>>,
    /// Ticked or not.
    pub accepting_new_patients: bool,
    /// Ticked or not.
    pub telehealth: bool,
    /// `now`, a day and hour, or empty.
    pub open_at: String,
    /// `relevance`, `distance`, `name` or empty.
    pub sort: String,
    /// The page.
    pub cursor: String,
}

/// Results on a page.
const PAGE: &str = "20";

/// The fields of which several values may be chosen: any of them will do.
pub const LISTS: [&str; 8] = [
    "specialty",
    "language",
    "gender",
    "network",
    "plan",
    "kind",
    "network_status",
    "state",
];

/// The fields that have one value.
const FIELDS: [&str; 8] = [
    "q",
    "near",
    "radius",
    "accepting_new_patients",
    "telehealth",
    "open_at",
    "sort",
    "cursor",
];

/// What mails, adverts and other sites add to an address to know who follows it. It asks for nothing.
fn is_tracking(name: &str) -> bool {
    const NAMES: [&str; 14] = [
        "fbclid", "gclid", "gclsrc", "gbraid", "wbraid", "dclid", "msclkid", "yclid", "twclid", "ttclid", "igshid",
        "mc_cid", "mc_eid", "_ga",
    ];
    name.starts_with("utm_") || NAMES.contains(&name)
}

impl Form {
    /// Reads the fields. A name that the form does not have is a problem, as everywhere; what was typed stays.
    pub fn read(raw: Option<&str>) -> (Self, Result<(), Problem>) {
        let mut pairs = match parameters::pairs(raw) {
            Ok(pairs) => pairs,
            Err(problem) => return (Self::default(), Err(problem)),
        };
        pairs.retain(|(name, _)| !is_tracking(name) && name != LANG);
        let mut form = Self::default();
        let mut single = Vec::new();
        for (name, value) in pairs {
            match LISTS.iter().find(|list| **list == name) {
                Some(list) => form.choose(list, value.trim()),
                None => single.push((name, value)),
            }
        }
        let [q, near, radius, accepting, telehealth, open_at, sort, cursor] = FIELDS.map(|field| {
            let typed = single.iter().find(|(name, _)| name == field);
            typed.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
        });
        form = Self {
            q,
            near,
            radius,
            accepting_new_patients: accepting == "true",
            telehealth: telehealth == "true",
            open_at,
            sort,
            cursor,
            ..form
        };
        (form, parameters::only(single, FIELDS).map(|_| ()))
    }

    /// What is chosen in a field of several values.
    pub fn list(&self, name: &str) -> &[String] {
        self.lists.get(name).map_or(&[], Vec::as_slice)
    }

    /// Puts values in the place of those that are chosen in a field.
    pub fn set(&mut self, name: &'static str, values: impl IntoIterator<Item = String>) {
        self.lists.remove(name);
        for value in values {
            self.choose(name, &value);
        }
    }

    /// Chooses one value more, unless it is empty or chosen.
    fn choose(&mut self, name: &'static str, value: &str) {
        if !value.is_empty() && !self.list(name).iter().any(|known| known == value) {
            self.lists.entry(name).or_default().push(value.to_owned());
        }
    }

    /// Whether anything is asked.
    pub fn is_empty(&self) -> bool {
        let nothing = Self {
            sort: self.sort.clone(),
            radius: self.radius.clone(),
            cursor: self.cursor.clone(),
            ..Self::default()
        };
        *self == nothing
    }

    /// How many filters are set below the two boxes.
    pub fn filters(&self) -> usize {
        let texts = [&self.radius, &self.open_at, &self.sort];
        let flags = [self.accepting_new_patients, self.telehealth];
        self.lists.values().map(Vec::len).sum::<usize>()
            + texts.iter().filter(|text| !text.is_empty()).count()
            + flags.iter().filter(|set| **set).count()
    }

    /// What is filled in, in the names of the search API; these are the form's own.
    pub fn filled(&self) -> Vec<(&'static str, &str)> {
        let flag = |set: bool| if set { "true" } else { "" };
        let first = [("q", self.q.as_str()), ("near", &self.near), ("radius", &self.radius)];
        let lists = LISTS
            .iter()
            .flat_map(|name| self.list(name).iter().map(|value| (*name, value.as_str())));
        let last = [
            ("accepting_new_patients", flag(self.accepting_new_patients)),
            ("telehealth", flag(self.telehealth)),
            ("open_at", &self.open_at),
            ("sort", &self.sort),
            ("cursor", &self.cursor),
        ];
        let all = first.into_iter().chain(lists).chain(last);
        all.filter(|(_, value)| !value.is_empty()).collect()
    }

    /// The search: what is filled in, without a distance where there is no place to measure it from.
    pub fn search(&self) -> Vec<(String, String)> {
        let measured = |name: &str| name != "radius" || !self.near.is_empty() || !self.q.is_empty();
        let filled = self.filled().into_iter().filter(|(name, _)| measured(name));
        filled
            .chain([("limit", PAGE)])
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// The same search for counting by these properties, whatever page of it is shown.
    pub fn counting(&self, properties: &[&str]) -> Vec<(String, String)> {
        let mut pairs = self.search();
        pairs.retain(|(name, _)| name != "cursor");
        pairs.push(("facets".to_owned(), properties.join(",")));
        pairs
    }

    /// The address of this search at another page; an empty cursor is the first one.
    pub fn at(&self, cursor: &str) -> String {
        let filled = self.filled().into_iter().filter(|(name, _)| *name != "cursor");
        let cursor = Some(("cursor", cursor)).filter(|_| !cursor.is_empty());
        format!("/?{}", parameters::encode(filled.chain(cursor)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: Option<&str>) -> Result<Form, Problem> {
        let (form, read) = Form::read(raw);
        read.map(|()| form)
    }

    #[test]
    fn an_empty_field_is_not_asked_for() {
        let form = parse(Some("q=+heart+doctor+&near=&radius=25&network=&telehealth=true")).expect("a form");
        let search = form.search();
        let search = search.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect::<Vec<_>>();
        assert_eq!(
            search,
            [
                ("q", "heart doctor"),
                ("radius", "25"),
                ("telehealth", "true"),
                ("limit", "20")
            ]
        );
        assert_eq!(form.at("abc"), "/?q=heart+doctor&radius=25&telehealth=true&cursor=abc");
        assert!(parse(Some("radius=25&sort=name")).expect("a form").is_empty());
        assert!(
            parse(Some("radius=25"))
                .expect("a form")
                .search()
                .iter()
                .all(|(n, _)| n != "radius")
        );
        let (typed, refused) = Form::read(Some("colour=red&q=smith"));
        assert!(typed.q == "smith" && refused.is_err(), "what was typed stays");
        let several = parse(Some("language=es&q=x&language=vi&language=es&language=&gender=F")).expect("a form");
        assert_eq!(several.list("language"), ["es", "vi"]);
        assert_eq!(
            (several.at("").as_str(), several.filters()),
            ("/?q=x&language=es&language=vi&gender=F", 3)
        );
        let (shared, taken) = Form::read(Some("utm_source=mail&q=smith&fbclid=x"));
        assert!(shared.q == "smith" && taken.is_ok(), "who follows a link is not asked");
    }
}
