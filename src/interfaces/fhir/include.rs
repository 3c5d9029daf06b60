//! What a search tells beside what fits: resources to which those found refer (`_include`, `_include:iterate`), and such as refer
//! to them (`_revinclude`).

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    location::Location, practitioner::Practitioner, resource::Resource, role::PractitionerRole, schedule::Schedule,
    sent::Sent, slot::Slot,
};
use crate::domain::access::Permission;
use crate::interfaces::http::{operation::query, problem::Problem};
use crate::store::Tx;
use crate::vocab::Fault;

/// A reference by which resources of a type lead to those of another: the element that holds it, and the parameter by which it is
/// searched, have one name.
#[derive(Debug, PartialEq, Eq)]
struct Way {
    from: &'static str,
    by: &'static str,
    to: &'static str,
}

const fn way(from: &'static str, by: &'static str, to: &'static str) -> Way {
    Way { from, by, to }
}

static WAYS: [Way; 5] = [
    way(Slot::TOLD.of, "schedule", Schedule::TOLD.of),
    way(Schedule::TOLD.of, "actor", Practitioner::TOLD.of),
    way(Schedule::TOLD.of, "actor", Location::TOLD.of),
    way(PractitionerRole::TOLD.of, "practitioner", Practitioner::TOLD.of),
    way(PractitionerRole::TOLD.of, "location", Location::TOLD.of),
];

impl Way {
    /// Whether it is gone backwards: a schedule has slots by the hundred, which are searched page by page.
    fn goes_back(&self) -> bool {
        self.from != Slot::TOLD.of
    }

    /// `Schedule:actor`.
    fn written(&self) -> String {
        format!("{}:{}", self.from, self.by)
    }
}

/// What can be included where resources of a type are searched.
pub fn includes(of: &str) -> Vec<String> {
    let mut all = WAYS
        .iter()
        .filter(|way| way.from == of)
        .map(Way::written)
        .collect::<Vec<_>>();
    all.dedup();
    all
}

/// What can be included backwards.
pub fn reverse_includes(of: &str) -> Vec<String> {
    let back = WAYS.iter().filter(|way| way.to == of && way.goes_back());
    back.map(Way::written).collect()
}

/// The parameters, as the document tells them.
pub fn asked(of: &str) -> Vec<Value> {
    let parameter = |name, ways: Vec<String>, says: &str| {
        let says = format!("{says}: {}. May be repeated.", ways.join(", "));
        (!ways.is_empty()).then(|| query(name, &json!({"type": "string"}), &says))
    };
    let all = [
        parameter(
            "_include",
            includes(of),
            "Tells also what this leads to, `:<type>` behind it of that type only",
        ),
        parameter(
            "_include:iterate",
            WAYS.iter().map(Way::written).collect(),
            "Tells also what this leads to from what is told beside",
        ),
        parameter(
            "_revinclude",
            reverse_includes(of),
            "Tells also what leads here by this",
        ),
    ];
    all.into_iter().flatten().collect()
}

/// What a search wants beside.
#[derive(Debug, Default)]
pub struct Asked {
    /// The ways, and whether each is gone also from what is told beside.
    forward: Vec<(&'static Way, bool)>,
    back: Vec<&'static Way>,
}

impl Asked {
    /// Takes a parameter of a search for resources of a type. Whether it was one of these.
    ///
    /// # Errors
    /// For ways that there are not.
    pub fn take(&mut self, of: &str, name: &str, value: &str) -> Result<bool, Fault> {
        let goes_on = name == "_include:iterate";
        let is_back = name == "_revinclude";
        if !goes_on && !is_back && name != "_include" {
            return Ok(false);
        }
        let (way, target) = match value.match_indices(':').nth(1) {
            Some((at, _)) => (&value[..at], Some(&value[at + 1..])),
            None => (value, None),
        };
        let fits = |known: &&Way| {
            known.written() == way
                && target.is_none_or(|target| target == known.to)
                && if is_back {
                    known.to == of && known.goes_back()
                } else {
                    goes_on || known.from == of
                }
        };
        let ways = WAYS.iter().filter(fits).collect::<Vec<_>>();
        if ways.is_empty() {
            let known = match (is_back, goes_on) {
                (true, _) => reverse_includes(of),
                (_, true) => WAYS.iter().map(Way::written).collect(),
                _ => includes(of),
            };
            let message = match known.as_slice() {
                [] => format!("nothing is told beside a {of} by this"),
                known => format!("is one of {}", known.join(", ")),
            };
            return Err(Fault::new(name, "unknown_term", message));
        }
        if is_back {
            self.back.extend(ways);
        } else {
            self.forward.extend(ways.into_iter().map(|way| (way, goes_on)));
        }
        Ok(true)
    }

    /// Whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        self.forward.is_empty() && self.back.is_empty()
    }

    /// What whoever asks must be allowed to see.
    pub fn permissions(&self) -> impl Iterator<Item = Permission> {
        let to = self.forward.iter().map(|(way, _)| permission(way.to));
        to.chain(self.back.iter().map(|way| permission(way.from)))
    }

    /// What there is beside the resources found, each with its type and id, once.
    ///
    /// # Errors
    /// Where the store can't tell.
    pub async fn beside(&self, tx: &mut Tx, found: &[One], now: DateTime<Utc>) -> Result<Vec<One>, Problem> {
        let mut known = found.iter().map(One::key).collect::<BTreeSet<_>>();
        let mut beside: Vec<One> = Vec::new();
        for way in &self.back {
            let to = found.iter().filter(|one| one.of == way.to);
            let to = to.map(|one| format!("{}/{}", one.of, one.id)).collect::<Vec<_>>();
            let more = those(tx, way.from, way.by, &to, now).await?;
            beside.extend(more.into_iter().filter(|one| known.insert(one.key())));
        }
        // From what was found every way is gone, from what is told beside those that go on.
        let mut wanted = self.ends(found, |_| true);
        let mut seen = 0;
        loop {
            wanted.extend(self.ends(&beside[seen..], |goes_on| goes_on));
            seen = beside.len();
            let new = std::mem::take(&mut wanted).into_iter();
            let new = new.filter(|end| known.insert(end.clone())).collect::<Vec<_>>();
            for of in WAYS.iter().map(|way| way.to).collect::<BTreeSet<_>>().into_iter().rev() {
                let ids = new.iter().filter(|(to, _)| *to == of).map(|(_, id)| id.clone());
                beside.extend(those(tx, of, "_id", &ids.collect::<Vec<_>>(), now).await?);
            }
            if beside.len() == seen {
                return Ok(beside);
            }
        }
    }

    /// Where the ways lead from some resources, as far as they are gone.
    fn ends(&self, from: &[One], is_gone: impl Fn(bool) -> bool) -> Vec<(&'static str, String)> {
        let steps = from
            .iter()
            .flat_map(|one| self.forward.iter().map(move |step| (one, step)));
        let steps = steps.filter(|(one, (way, goes_on))| way.from == one.of && is_gone(*goes_on));
        let ends = steps.flat_map(|(one, (way, _))| one.references(way).map(|id| (way.to, id.to_owned())));
        ends.collect()
    }
}

/// A resource of whichever type.
pub struct One {
    /// Its type.
    pub of: &'static str,
    /// Its id.
    pub id: String,
    /// All of it.
    pub told: Value,
}

impl One {
    fn key(&self) -> (&'static str, String) {
        (self.of, self.id.clone())
    }

    /// The ids of the resources to which a way leads from here.
    fn references(&self, way: &'static Way) -> impl Iterator<Item = &str> {
        let element = &self.told[way.by];
        let all = element.as_array().map_or(std::slice::from_ref(element), Vec::as_slice);
        all.iter().filter_map(|one| {
            let (to, id) = one["reference"].as_str()?.split_once('/')?;
            (to == way.to).then_some(id)
        })
    }
}

fn permission(of: &str) -> Permission {
    let told = [Slot::TOLD, Schedule::TOLD, Practitioner::TOLD, PractitionerRole::TOLD];
    let told = told.into_iter().find(|told| told.of == of);
    told.unwrap_or(Location::TOLD).permission
}

/// The resources of a type that a parameter finds by any of these values, asked for at once.
async fn those(tx: &mut Tx, of: &str, name: &str, any_of: &[String], now: DateTime<Utc>) -> Result<Vec<One>, Problem> {
    if any_of.is_empty() {
        return Ok(Vec::new());
    }
    let value = &any_of.join(",");
    if of == Slot::TOLD.of {
        found::<Slot>(tx, name, value, now).await
    } else if of == Schedule::TOLD.of {
        found::<Schedule>(tx, name, value, now).await
    } else if of == Practitioner::TOLD.of {
        found::<Practitioner>(tx, name, value, now).await
    } else if of == PractitionerRole::TOLD.of {
        found::<PractitionerRole>(tx, name, value, now).await
    } else {
        found::<Location>(tx, name, value, now).await
    }
}

async fn found<R: Resource>(tx: &mut Tx, name: &str, value: &str, now: DateTime<Utc>) -> Result<Vec<One>, Problem> {
    let mut filter = R::Filter::default();
    R::narrow(&mut filter, name, value).map_err(|fault| Problem::faults(vec![fault]))?;
    let found = R::page(tx, filter, None, i64::MAX, now).await?;
    let told = found.into_iter().map(|known| {
        let changed_at = R::changed_at(&known);
        let (id, resource) = R::of(known, now.date_naive());
        let told = serde_json::to_value(Sent::of(resource, changed_at, None)?.0).map_err(|e| Problem::internal(&e))?;
        Ok(One {
            of: R::TOLD.of,
            id,
            told,
        })
    });
    told.collect()
}
