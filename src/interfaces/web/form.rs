//! The search form: what stands in its fields, and the search that it asks for.

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
    /// In words or as a code.
    pub specialty: String,
    /// A code.
    pub language: String,
    /// A network's id.
    pub network: String,
    /// Ticked or not.
    pub accepting_new_patients: bool,
    /// Ticked or not.
    pub telehealth: bool,
    /// `relevance`, `distance`, `name` or empty.
    pub sort: String,
    /// The page.
    pub cursor: String,
}

/// Results on a page.
const PAGE: &str = "20";

/// The names of the fields.
const FIELDS: [&str; 10] = [
    "q",
    "near",
    "radius",
    "specialty",
    "language",
    "network",
    "accepting_new_patients",
    "telehealth",
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
        pairs.retain(|(name, _)| !is_tracking(name));
        let [
            q,
            near,
            radius,
            specialty,
            language,
            network,
            accepting,
            telehealth,
            sort,
            cursor,
        ] = FIELDS.map(|field| {
            let typed = pairs.iter().find(|(name, _)| name == field);
            typed.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
        });
        let form = Self {
            q,
            near,
            radius,
            specialty,
            language,
            network,
            accepting_new_patients: accepting == "true",
            telehealth: telehealth == "true",
            sort,
            cursor,
        };
        (form, parameters::only(pairs, FIELDS).map(|_| ()))
    }

    /// Whether anything is asked.
    pub fn is_empty(&self) -> bool {
        let Self {
            sort: _,
            radius: _,
            cursor: _,
            ..
        } = self;
        *self
            == Self {
                sort: self.sort.clone(),
                radius: self.radius.clone(),
                cursor: self.cursor.clone(),
                ..Self::default()
            }
    }

    /// Whether one of the filters below the two boxes is set.
    pub fn has_filters(&self) -> bool {
        let texts = [&self.radius, &self.specialty, &self.language, &self.network, &self.sort];
        self.accepting_new_patients || self.telehealth || texts.iter().any(|text| !text.is_empty())
    }

    /// What is filled in, in the names of the search API; these are the form's own.
    pub fn filled(&self) -> Vec<(&'static str, &str)> {
        let flag = |set: bool| if set { "true" } else { "" };
        let all = [
            ("q", self.q.as_str()),
            ("near", &self.near),
            ("radius", &self.radius),
            ("specialty", &self.specialty),
            ("language", &self.language),
            ("network", &self.network),
            ("accepting_new_patients", flag(self.accepting_new_patients)),
            ("telehealth", flag(self.telehealth)),
            ("sort", &self.sort),
            ("cursor", &self.cursor),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
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
        let (shared, taken) = Form::read(Some("utm_source=mail&q=smith&fbclid=x"));
        assert!(shared.q == "smith" && taken.is_ok(), "who follows a link is not asked");
    }
}
