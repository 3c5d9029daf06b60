//! Unstructured text becomes mentions of providers: who is named, with which identifiers, addresses and numbers, each with the
//! characters where it stands.
//!
//! ```text
//! text -> tokens -> tables and forms -> numbers, addresses -> names of people and organisations -> specialties, languages
//!      -> each field to its name -> roles (no patients, no clerks) -> who is the same -> mentions
//! ```
//!
//! Made of dictionaries (the directory's own names among them), grammars and check digits: the same text at the same
//! position of the directory gives the same answer, offline. What a text says is never an order: nothing in it is parsed as a
//! query, and all that leaves here is a span of it or a value in a fixed form.

mod address;
mod apposition;
mod bearers;
mod blanks;
mod cluster;
mod columns;
mod cut_words;
mod enclosing;
mod field;
mod group;
mod headings;
mod html;
mod interchange;
mod known;
mod layout;
mod link;
mod markup;
mod mend;
mod namesakes;
mod numbers;
mod organization;
mod others;
mod peers;
mod person;
mod pieces;
mod roles;
mod spoken;
mod terms;
mod text;
mod told;
mod towns;
mod transposed;
mod view;
mod words;

use std::ops::Range;

pub use field::{Address, Check, Detail, Field, FieldKind};
pub use organization::Organization;
pub use person::{Found, Person};
pub use text::MAX_BYTES;
pub use told::{MOST_MENTIONS, NamedField, Parts, Told, ToldField, ToldMention, Unreadable, readable};
pub use view::Names;

use self::{
    group::Holder,
    layout::Layout,
    roles::Role,
    text::{Characters, Text},
    view::View,
};
use crate::vocab::Lexicon;

/// Which rules made an answer; changes with them.
pub const RULE_VERSION: &str = "extract-5";

/// Who is mentioned.
#[derive(Clone, Debug)]
pub enum Who {
    /// A person by name.
    Person(Person),
    /// An organisation by name.
    Organization(Organization),
    /// Somebody by a number alone.
    Identifier,
}

/// A provider in the text.
#[derive(Clone, Debug)]
pub struct Mention {
    /// The name, or the number, as bytes.
    pub bytes: Range<usize>,
    /// The same in Unicode scalar values.
    pub characters: Range<usize>,
    /// Who it is.
    pub who: Who,
    /// The part it plays: `referring`, `attending`, `provider`.
    pub role: &'static str,
    /// Mentions of one number are one provider.
    pub cluster: usize,
    /// What stands there about it, in the order of the text.
    pub fields: Vec<Field>,
}

impl Mention {
    /// The first field of a kind.
    pub fn field(&self, kind: FieldKind) -> Option<&Field> {
        self.fields.iter().find(|field| field.kind == kind)
    }

    /// Its NPI, if its check digit fits.
    pub fn npi(&self) -> Option<&str> {
        self.fields
            .iter()
            .find(|field| field.kind == FieldKind::Npi && field.is_sound())
            .map(|field| field.value.as_str())
    }
}

/// What was found in a text.
#[derive(Clone, Debug)]
pub struct Extraction<'t> {
    /// The text.
    pub source: &'t str,
    /// In the order of the text, at most [`MOST_MENTIONS`].
    pub mentions: Vec<Mention>,
    /// Whether there are more.
    pub truncated: bool,
    characters: Characters,
}

/// Finds the providers that a text mentions.
pub fn extract<'t>(source: &'t str, lexicon: &Lexicon, names: &dyn Names) -> Extraction<'t> {
    let mended = blanks::cleared(html::rows(mend::mended(source)));
    let joined = cut_words::joined(&mended);
    let read = joined.as_ref().map_or(mended.as_ref(), |joined| &joined.text);
    let straight = columns::straightened(read);
    let mut mentions = mentions_of(
        straight.as_ref().map_or(read, |straight| &straight.text),
        lexicon,
        names,
    );
    for copy in straight.iter().chain(&joined) {
        mentions.iter_mut().for_each(|mention| copy.put_back(mention));
    }
    mentions.sort_by_key(|mention| (mention.bytes.start, mention.bytes.end));
    // What is not told is not compared with anything either.
    let truncated = mentions.len() > MOST_MENTIONS;
    mentions.truncate(MOST_MENTIONS);
    let known: Vec<(&Who, Option<&str>)> = mentions.iter().map(|mention| (&mention.who, mention.npi())).collect();
    let clusters = cluster::clusters(&known, lexicon);
    let characters = Characters::of(source);
    for (mention, cluster) in mentions.iter_mut().zip(clusters) {
        mention.cluster = cluster;
        let scalar = |byte| characters.before(source, byte);
        mention.characters = scalar(mention.bytes.start)..scalar(mention.bytes.end);
    }
    Extraction {
        source,
        mentions,
        truncated,
        characters,
    }
}

/// The mentions of a text in one column, as bytes.
fn mentions_of(source: &str, lexicon: &Lexicon, names: &dyn Names) -> Vec<Mention> {
    let text = Text::new(source);
    let layout = Layout::of(&text);
    let (mut fields, closed) = numbers::find(&text, &layout);
    let addresses = address::find(&text, &layout, lexicon, &fields);
    let mut view = View::new(&text, &layout, lexicon, names);
    fields
        .iter()
        .chain(&addresses)
        .for_each(|field| view.close(&field.bytes));
    closed.iter().for_each(|bytes| view.close(bytes));
    fields.extend(addresses);
    let people = person::find(&view, &fields);
    let organizations = organization::find(&view, &people);
    let mut taken: Vec<Range<usize>> = people.iter().map(|person| person.whole.clone()).collect();
    taken.extend(organizations.iter().map(|organization| organization.bytes.clone()));
    taken.extend(fields.iter().map(|field| field.bytes.clone()));
    taken.sort_by_key(|bytes| bytes.start);
    fields.extend(terms::find(&text, &layout, lexicon, &taken));
    fields.sort_by_key(|field| (field.bytes.start, field.bytes.end));
    let found = Everything {
        text: &text,
        view: &view,
        people,
        organizations,
    };
    found.mentions(fields)
}

/// All that was found, before it is settled who provides.
struct Everything<'v, 'a, 't> {
    text: &'v Text<'t>,
    view: &'v View<'a, 't>,
    people: Vec<Person>,
    organizations: Vec<Organization>,
}

impl Everything<'_, '_, '_> {
    fn mentions(self, mut fields: Vec<Field>) -> Vec<Mention> {
        let mut who: Vec<Who> = self.people.iter().cloned().map(Who::Person).collect();
        who.extend(self.organizations.iter().cloned().map(Who::Organization));
        who.sort_by_key(|who| bytes_of(who).start);
        let mut holders: Vec<Holder> = who.iter().map(|who| self.holder(who)).collect();
        let orphans = group::attach(self.text, self.view.layout, &mut holders, &fields);
        group::license_states(&mut fields, &holders);
        bearers::put_right(self.view, &who, &mut holders, &fields);
        bearers::put_right_phones(self.view, &who, &mut holders, &fields);
        towns::find(self.view, &mut holders, &mut fields);
        let mut roles: Vec<Role> = who
            .iter()
            .zip(&holders)
            .map(|(who, holder)| self.role(who, holder, &fields))
            .collect();
        peers::join(self.view, &who, &holders, &mut roles);
        namesakes::settle(self.view, &who, &holders, &fields, &mut roles);
        let known = known_names(&who, &roles);
        let mut mentions = Vec::new();
        for ((who, holder), role) in who.into_iter().zip(holders).zip(roles) {
            let role = match role {
                Role::Provider(part) => part,
                // Named before or behind as a provider: the same one again.
                Role::Unknown if full_name(&who).is_some_and(|name| known.contains(&name)) => "provider",
                Role::Unknown | Role::Other => continue,
            };
            let own = holder.fields.iter().map(|number| fields[*number].clone());
            mentions.push(mention(bytes_of(&who).clone(), who, role, own.collect()));
        }
        // A number that stands once more by itself is that of whoever bears it elsewhere.
        let borne: rustc_hash::FxHashSet<String> = mentions.iter().filter_map(|m| m.npi().map(str::to_owned)).collect();
        let numbers = orphans
            .into_iter()
            .map(|number| &fields[number])
            .filter(|field| field.kind == FieldKind::Npi && !borne.contains(&field.value));
        mentions.extend(
            numbers.map(|field| mention(field.bytes.clone(), Who::Identifier, "provider", vec![field.clone()])),
        );
        mentions
    }

    fn holder(&self, who: &Who) -> Holder {
        let (bytes, labelled) = match who {
            Who::Person(person) => (person.whole.clone(), person.found == Found::Label),
            Who::Organization(organization) => (organization.bytes.clone(), organization.labelled),
            Who::Identifier => (0..0, false),
        };
        let role = match who {
            Who::Person(person) => roles::of_person(self.view, person, &[]),
            _ => Role::Provider("provider"),
        };
        Holder {
            bytes,
            is_person: matches!(who, Who::Person(_)),
            may_provide: role != Role::Other,
            labelled,
            fields: Vec::new(),
            kinds: 0,
        }
    }

    fn role(&self, who: &Who, holder: &Holder, fields: &[Field]) -> Role {
        match who {
            Who::Person(person) => {
                let own: Vec<&Field> = holder.fields.iter().map(|number| &fields[*number]).collect();
                if roles::is_patient_of_form(self.view, person, &own) {
                    return Role::Other;
                }
                roles::of_person(self.view, person, &own)
            }
            _ => Role::Provider("provider"),
        }
    }
}

fn mention(bytes: Range<usize>, who: Who, role: &'static str, fields: Vec<Field>) -> Mention {
    Mention {
        characters: bytes.clone(),
        bytes,
        who,
        role,
        cluster: 0,
        fields,
    }
}

fn bytes_of(who: &Who) -> &Range<usize> {
    match who {
        Who::Person(person) => &person.bytes,
        Who::Organization(organization) => &organization.bytes,
        Who::Identifier => &(0..0),
    }
}

/// Given name and surname, folded.
fn full_name(who: &Who) -> Option<(String, String)> {
    let Who::Person(person) = who else { return None };
    let fold = crate::vocab::names::fold;
    Some((fold(person.first.as_deref()?), fold(&person.last)))
}

/// The full names of those who certainly are providers.
fn known_names(who: &[Who], roles: &[Role]) -> rustc_hash::FxHashSet<(String, String)> {
    let sure = who
        .iter()
        .zip(roles)
        .filter(|(_, role)| matches!(role, Role::Provider(_)));
    sure.filter_map(|(who, _)| full_name(who)).collect()
}

impl Extraction<'_> {
    /// Some bytes in Unicode scalar values.
    pub fn characters(&self, bytes: &Range<usize>) -> Range<usize> {
        let at = |byte| self.characters.before(self.source, byte);
        at(bytes.start)..at(bytes.end)
    }
}

#[cfg(test)]
mod tests;

/// The lexicon as it is compiled in, for the tests of the room.
#[cfg(test)]
fn embedded() -> &'static Lexicon {
    use std::sync::LazyLock;

    use crate::vocab::{
        lexicon::{Languages, Nicknames, Specialties},
        place::Gazetteer,
    };
    static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
        let places =
            zstd::decode_all(include_bytes!("../../../index_schema/places.csv.zst").as_slice()).expect("packed");
        Lexicon::new(
            Specialties::parse(
                include_str!("../../../index_schema/specialties.csv"),
                include_str!("../../../index_schema/specialty_synonyms.csv"),
            )
            .expect("a table"),
            Languages::parse(include_str!("../../../index_schema/languages.csv")).expect("a table"),
            Gazetteer::parse(&String::from_utf8(places).expect("text")).expect("a table"),
            Nicknames::parse(include_str!("../../../index_schema/nicknames.csv")).expect("a table"),
        )
    });
    &LEXICON
}
