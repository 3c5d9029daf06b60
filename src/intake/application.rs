//! Applications as credentialing services export them (JSON in the manner of CAQH ProView, or one CSV line each), read into
//! what a request holds. Every field that is taken says where it came from; what is not understood is listed, never dropped
//! in silence; what the application does not say is filled in from the directory's own record, and says so.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::domain::{
    credentialing::Application,
    provider::Provider,
    survivorship::Source,
    verification::{GapNote, Period},
};
use crate::vocab::{Fault, Npi, day};

/// Where the file has it, and where a request does: words between points, a star for each of a list.
const FIELDS: &[(&str, &str)] = &[
    ("Provider.NPI", "npi"),
    ("Provider.FirstName", "person.first_name"),
    ("Provider.MiddleName", "person.middle_name"),
    ("Provider.LastName", "person.last_name"),
    ("Provider.Suffix", "person.suffix"),
    ("Provider.Gender", "person.gender"),
    ("Provider.BirthDate", "person.born_on"),
    ("Provider.PhoneNumber", "person.phone"),
    ("Provider.EmailAddress", "person.email"),
    ("Provider.Race", "person.race"),
    ("Provider.Ethnicity", "person.ethnicity"),
    ("Provider.Language.*.LanguageName", "languages.*"),
    ("ProviderLicense.*.LicenseNumber", "licenses.*.number"),
    ("ProviderLicense.*.State", "licenses.*.state"),
    ("ProviderLicense.*.IssueDate", "licenses.*.issued_on"),
    ("ProviderLicense.*.ExpirationDate", "licenses.*.expires_on"),
    ("ProviderDEA.*.DEANumber", "dea.*.number"),
    ("ProviderDEA.*.State", "dea.*.state"),
    ("ProviderDEA.*.ExpirationDate", "dea.*.expires_on"),
    ("ProviderCDS.*.CDSNumber", "cds.*.number"),
    ("ProviderCDS.*.State", "cds.*.state"),
    ("ProviderCDS.*.ExpirationDate", "cds.*.expires_on"),
    ("Education.*.InstitutionName", "education.*.institution"),
    ("Education.*.DegreeName", "education.*.degree"),
    ("Education.*.StartDate", "education.*.from"),
    ("Education.*.EndDate", "education.*.until"),
    ("Specialty.*.SpecialtyName", "specialties.*.name"),
    ("Specialty.*.TaxonomyCode", "specialties.*.code"),
    ("Specialty.*.BoardName", "specialties.*.board"),
    ("Specialty.*.BoardCertified", "specialties.*.certified"),
    ("Specialty.*.ExpirationDate", "specialties.*.expires_on"),
    ("WorkHistory.*.EmployerName", "employers.*.name"),
    ("WorkHistory.*.StartDate", "work_history.*.from"),
    ("WorkHistory.*.EndDate", "work_history.*.until"),
    ("WorkHistoryGap.*.StartDate", "gap_notes.*.day"),
    ("WorkHistoryGap.*.Explanation", "gap_notes.*.note"),
    ("Insurance.*.CarrierName", "cover.*.carrier"),
    ("Insurance.*.PolicyNumber", "cover.*.policy"),
    ("Insurance.*.CoverageAmount", "cover.*.amount"),
    ("Insurance.*.ExpirationDate", "cover.*.expires_on"),
    ("MalpracticeClaim.*.ClaimDate", "claims.*.on"),
    ("MalpracticeClaim.*.Description", "claims.*.what"),
    ("MalpracticeClaim.*.Outcome", "claims.*.outcome"),
    ("Disclosure.*.Question", "disclosures.*.question"),
    ("Disclosure.*.Answer", "disclosures.*.answer"),
    ("Disclosure.*.Explanation", "disclosures.*.explanation"),
    ("AttestationDate", "attested_on"),
];

/// Where a field of a request came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trace {
    /// The field of the request, such as `licenses.0.number`.
    pub field: String,
    /// The file, or `directory` for what the record has.
    pub source: String,
    /// Where in it: a path, for CSV behind its line.
    pub place: String,
}

/// An application that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// Whose, by the application's own word.
    pub npi: Npi,
    /// What a request holds. Its member `traces` repeats the traces, so that they stay with it.
    pub application: Application,
    /// Of every field.
    pub traces: Vec<Trace>,
    /// What the file says that is not understood.
    pub unread: Vec<String>,
}

/// Reads an application from JSON.
///
/// # Errors
/// A fault for each field that is wrong, by its place in the file.
pub fn read(file: &str, said: &Value) -> Result<Imported, Vec<Fault>> {
    let mut leaves = Vec::new();
    spread(said, &mut Vec::new(), &mut leaves);
    take(file, "", leaves)
}

/// An application that could be read, or all that is wrong with it.
pub type Read = Result<Imported, Vec<Fault>>;

/// Reads applications from CSV: a column for each place, such as `ProviderLicense.0.State`, a line for each provider. With
/// the line of each.
///
/// # Errors
/// If the file has no header.
pub fn read_csv(file: &str, bytes: &[u8]) -> Result<Vec<(u64, Read)>, csv::Error> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header: Vec<String> = reader.headers()?.iter().map(|cell| cell.trim().to_owned()).collect();
    let mut all = Vec::new();
    for row in reader.records() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                all.push((line, Err(vec![Fault::new("line", "damaged", error.to_string())])));
                continue;
            }
        };
        let line = row.position().map_or(0, csv::Position::line);
        let cells = header.iter().zip(&row).filter(|(_, cell)| !cell.trim().is_empty());
        let leaves = cells.map(|(place, cell)| {
            let path = place.split('.').map(str::to_owned).collect();
            (path, Value::String(cell.trim().to_owned()))
        });
        all.push((line, take(file, &format!("line {line}: "), leaves.collect())));
    }
    Ok(all)
}

/// Everything that a document says, by its path.
fn spread(said: &Value, path: &mut Vec<String>, leaves: &mut Vec<(Vec<String>, Value)>) {
    let mut below = |part: String, inner: &Value| {
        path.push(part);
        spread(inner, path, leaves);
        path.pop();
    };
    match said {
        Value::Object(members) => members.iter().for_each(|(name, inner)| below(name.clone(), inner)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(n, inner)| below(n.to_string(), inner)),
        Value::Null => {}
        leaf => leaves.push((path.clone(), leaf.clone())),
    }
}

/// The field that a place leads to: its stars are the place's numbers.
fn field_of(path: &[String]) -> Option<String> {
    FIELDS.iter().find_map(|(place, field)| {
        let parts: Vec<&str> = place.split('.').collect();
        if parts.len() != path.len() {
            return None;
        }
        let mut numbers = Vec::new();
        for (part, is) in parts.iter().zip(path) {
            match *part {
                "*" => numbers.push(is.parse::<usize>().ok().filter(|n| *n < MOST)?),
                part => (part == is).then_some(())?,
            }
        }
        let mut numbers = numbers.into_iter();
        let field = field.split('.').map(|part| match part {
            "*" => numbers.next().unwrap_or_default().to_string(),
            part => part.to_owned(),
        });
        Some(field.collect::<Vec<_>>().join("."))
    })
}

/// Entries of one list.
const MOST: usize = 200;

fn take(file: &str, before: &str, leaves: Vec<(Vec<String>, Value)>) -> Result<Imported, Vec<Fault>> {
    let (mut fields, mut traces, mut unread, mut faults) = (BTreeMap::new(), Vec::new(), Vec::new(), Vec::new());
    for (path, value) in leaves {
        let place = path.join(".");
        let Some(field) = field_of(&path) else {
            unread.push(format!("{before}{place}"));
            continue;
        };
        match settled(&field, &value) {
            Ok(value) => {
                traces.push(Trace {
                    field: field.clone(),
                    source: file.to_owned(),
                    place: format!("{before}{place}"),
                });
                fields.insert(field, value);
            }
            Err(why) => faults.push(Fault::new(format!("{before}{place}"), "format", why)),
        }
    }
    let npi = match fields
        .remove("npi")
        .as_ref()
        .and_then(Value::as_str)
        .map(str::parse::<Npi>)
    {
        Some(Ok(npi)) => Some(npi),
        Some(Err(why)) => {
            faults.push(Fault::new(format!("{before}Provider.NPI"), why.code(), why.to_string()));
            None
        }
        None => {
            faults.push(Fault::new(format!("{before}Provider.NPI"), "missing", "ten digits"));
            None
        }
    };
    let Some(npi) = npi.filter(|_| faults.is_empty()) else {
        return Err(faults);
    };
    let application = application(&fields, before).map_err(|fault| vec![fault])?;
    Ok(Imported {
        npi,
        application,
        traces,
        unread,
    })
}

/// Days become days, yes and no become truth; other values stay as they are said.
fn settled(field: &str, value: &Value) -> Result<Value, String> {
    let last = field.rsplit('.').next().unwrap_or_default();
    let is_day = last.ends_with("_on") || matches!(last, "on" | "from" | "until" | "day");
    let text = match value {
        Value::String(text) => text.trim(),
        other if is_day => return Err(format!("`{other}` is no day such as 2026-11-22")),
        other => return Ok(other.clone()),
    };
    if is_day {
        let formats = ["%Y-%m-%d", "%m/%d/%Y", "%Y%m%d", "%Y-%m-%dT%H:%M:%S"];
        return day::in_formats(text, formats)
            .map(|day| json!(day))
            .ok_or_else(|| format!("`{text}` is no day such as 2026-11-22 or 11/22/2026"));
    }
    Ok(match (last, text.to_ascii_uppercase().as_str()) {
        ("certified" | "answer", "Y" | "YES" | "TRUE") => json!(true),
        ("certified" | "answer", "N" | "NO" | "FALSE") => json!(false),
        ("state", state) => json!(state),
        _ => json!(text),
    })
}

fn application(fields: &BTreeMap<String, Value>, before: &str) -> Result<Application, Fault> {
    let mut rest = json!({});
    for (field, value) in fields {
        put(&mut rest, field, value.clone());
    }
    let Value::Object(mut rest) = compact(rest) else {
        return Ok(Application::default());
    };
    let wrong =
        |place: &str, why: serde_json::Error| Fault::new(format!("{before}{place}"), "incomplete", why.to_string());
    let periods = rest.remove("work_history").unwrap_or_else(|| json!([]));
    let work_history: Vec<Period> = serde_json::from_value(periods).map_err(|why| wrong("WorkHistory", why))?;
    let notes = rest.remove("gap_notes").unwrap_or_else(|| json!([]));
    let notes: Vec<Note> = serde_json::from_value(notes).map_err(|why| wrong("WorkHistoryGap", why))?;
    let attested = rest.remove("attested_on").unwrap_or_default();
    Ok(Application {
        attested_on: serde_json::from_value(attested).map_err(|why| wrong("AttestationDate", why))?,
        work_history,
        // An application is written.
        gap_notes: notes
            .into_iter()
            .map(|note| GapNote {
                day: note.day,
                note: note.note,
                in_writing: true,
            })
            .collect(),
        rest,
    })
}

#[derive(Deserialize)]
struct Note {
    day: NaiveDate,
    note: String,
}

/// Puts a value at a path of names; numbers are keys of objects until [`compact`] makes lists of them.
fn put(into: &mut Value, path: &str, value: Value) {
    let mut at = into;
    for part in path.split('.') {
        at = &mut at[part];
    }
    *at = value;
}

/// Objects whose keys are numbers become lists; a number that is passed over leaves an empty place, so that traces stay true.
fn compact(value: Value) -> Value {
    let Value::Object(members) = value else { return value };
    let numbered = !members.is_empty() && members.keys().all(|key| key.parse::<usize>().is_ok());
    let members = members.into_iter().map(|(key, inner)| (key, compact(inner)));
    if !numbered {
        return Value::Object(members.collect());
    }
    let mut list = Vec::new();
    for (key, inner) in members {
        let at = key.parse::<usize>().unwrap_or_default();
        if list.len() <= at {
            list.resize(at + 1, json!({}));
        }
        list[at] = inner;
    }
    Value::Array(list)
}

impl Imported {
    /// Fills in what the application does not say from the directory's record, which tells where it has it from.
    pub fn prefill(&mut self, provider: &Provider, sources: &BTreeMap<String, Source>) {
        let name = &provider.name;
        let person = [
            ("first_name", &name.first),
            ("middle_name", &name.middle),
            ("last_name", &name.last),
            ("suffix", &name.suffix),
        ];
        for (word, known) in person {
            self.fill(&["person", word], known.as_ref().map(|k| json!(k)), "name", sources);
        }
        let gender = provider.gender.map(|g| json!(g.code()));
        self.fill(&["person", "gender"], gender, "gender", sources);
        self.fill(
            &["person", "phone"],
            provider.phone.as_ref().map(|p| json!(p)),
            "phone",
            sources,
        );
        let spoken = Some(&provider.languages).filter(|l| !l.is_empty()).map(|l| json!(l));
        self.fill(&["languages"], spoken, "languages", sources);
        let licences = provider.specialties.iter().filter_map(|s| {
            let (number, state) = (s.license_number.as_ref()?, s.license_state.as_ref()?);
            Some(json!({"number": number, "state": state}))
        });
        let licences = licences.collect::<Vec<_>>();
        self.fill(
            &["licenses"],
            (!licences.is_empty()).then(|| json!(licences)),
            "specialties",
            sources,
        );
        let codes = provider
            .specialties
            .iter()
            .map(|s| json!({"code": s.code}))
            .collect::<Vec<_>>();
        self.fill(
            &["specialties"],
            (!codes.is_empty()).then(|| json!(codes)),
            "specialties",
            sources,
        );
    }

    fn fill(&mut self, path: &[&str], known: Option<Value>, group: &str, sources: &BTreeMap<String, Source>) {
        let Some(known) = known else { return };
        let (last, above) = path.split_last().expect("a path has a part");
        let mut at: &mut Map<String, Value> = &mut self.application.rest;
        for part in above {
            let below = at.entry((*part).to_owned()).or_insert_with(|| json!({}));
            let Some(below) = below.as_object_mut() else { return };
            at = below;
        }
        if at.contains_key(*last) {
            return;
        }
        at.insert((*last).to_owned(), known);
        let told = sources.get(group).map(|source| {
            let day = source.verified_at.map(|day| format!(" {day}"));
            format!("{}{}", source.source, day.unwrap_or_default())
        });
        self.traces.push(Trace {
            field: path.join("."),
            source: "directory".to_owned(),
            place: told.map_or_else(|| group.to_owned(), |told| format!("{group} ({told})")),
        });
    }

    /// The application with its traces, as a request keeps it.
    pub fn traced(&self) -> Application {
        let mut application = self.application.clone();
        application.rest.insert("traces".to_owned(), json!(self.traces));
        application
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said() -> Value {
        json!({
            "Provider": {"NPI": "1234567893", "LastName": "Smith", "BirthDate": "02/29/1980", "ShoeSize": 9},
            "ProviderLicense": [
                {"LicenseNumber": "A1", "State": "tx", "ExpirationDate": "2027-01-31"},
                {"LicenseNumber": "B2", "State": "NY"}],
            "WorkHistory": [{"EmployerName": "Acme", "StartDate": "2015-01-01", "EndDate": "2020-06-30"}, {"StartDate": "07/01/2021"}],
            "WorkHistoryGap": [{"StartDate": "2020-07-01", "Explanation": "a child"}],
            "Specialty": [{"TaxonomyCode": "207RC0000X", "BoardCertified": "Y"}],
            "Disclosure": [{"Question": "felony", "Answer": "No"}],
            "AttestationDate": "2026-11-01",
        })
    }

    #[test]
    fn feature_3_16_every_field_is_traced_to_its_place() {
        let read = read("a.json", &said()).expect("an application");
        assert_eq!(read.npi.to_string(), "1234567893");
        let application = &read.application;
        assert_eq!(
            application.attested_on.map(|d| d.to_string()).as_deref(),
            Some("2026-11-01")
        );
        assert_eq!(application.work_history.len(), 2);
        assert_eq!(application.work_history[1].until, None);
        assert!(application.gap_notes[0].in_writing);
        let rest = &application.rest;
        assert_eq!(
            rest["licenses"][0],
            json!({"number": "A1", "state": "TX", "expires_on": "2027-01-31"})
        );
        assert_eq!(rest["person"]["born_on"], "1980-02-29");
        assert_eq!(rest["disclosures"][0]["answer"], false);
        assert_eq!(read.unread, ["Provider.ShoeSize"]);
        // Every leaf of the application has exactly one trace, and each leads to what the file says.
        let whole = serde_json::to_value(application).expect("JSON");
        for trace in &read.traces {
            let in_file = said().pointer(&format!("/{}", trace.place.replace('.', "/"))).cloned();
            assert!(in_file.is_some(), "{trace:?}");
            let kept = whole.pointer(&format!("/{}", trace.field.replace('.', "/")));
            assert!(kept.is_some() || trace.field == "npi", "{trace:?}");
        }
        let mut leaves = Vec::new();
        spread(&whole, &mut Vec::new(), &mut leaves);
        let traced = |path: &[String]| read.traces.iter().filter(|t| t.field == path.join(".")).count();
        for (path, _) in leaves
            .iter()
            .filter(|(path, _)| path.last().is_some_and(|p| p != "in_writing"))
        {
            assert_eq!(traced(path), 1, "{path:?}");
        }
    }

    #[test]
    fn feature_3_16_csv_says_the_same_and_names_its_line() {
        let file = "Provider.NPI,Provider.LastName,ProviderLicense.0.LicenseNumber,ProviderLicense.0.State,WorkHistory.0.StartDate\n\
            1234567893,Smith,A1,TX,2015-01-01\n1234567890,Roe,,,\n1003000126,Doe,,,soon\n1245319599,Poe,,,1/2/98\n";
        let all = read_csv("a.csv", file.as_bytes()).expect("a file");
        assert_eq!(all.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3, 4, 5]);
        let first = all[0].1.as_ref().expect("read");
        assert_eq!(first.application.rest["licenses"][0]["number"], "A1");
        assert_eq!(first.traces[0].place, "line 2: Provider.NPI");
        let fault = |n: usize| all[n].1.as_ref().expect_err("refused")[0].clone();
        assert_eq!(
            (fault(1).field.as_str(), fault(1).code),
            ("line 3: Provider.NPI", "check_digit")
        );
        assert_eq!(
            (fault(2).field.as_str(), fault(2).code),
            ("line 4: WorkHistory.0.StartDate", "format")
        );
        assert_eq!(fault(3).field, "line 5: WorkHistory.0.StartDate", "a year is whole");
    }
}
