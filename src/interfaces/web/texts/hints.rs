//! What a search tells of its text, in Spanish. The engine tells it in English; what is known here by its words is translated, and
//! what is not stays as it is.

/// Sentences of the engine with holes for what varies, and what they are in Spanish; holes are filled in the same order.
const HINTS: &[(&str, &str)] = &[
    (
        "nobody of the name {} in {} is found who is all of that",
        "no se encuentra a nadie con el nombre {} en {} que cumpla todo eso",
    ),
    (
        "nobody of the name {} near {} is found who is all of that",
        "no se encuentra a nadie con el nombre {} cerca de {} que cumpla todo eso",
    ),
    (
        "nobody of the name {} in {} is listed for that kind of care",
        "nadie con el nombre {} en {} figura con ese tipo de atención",
    ),
    (
        "nobody of the name {} near {} is listed for that kind of care",
        "nadie con el nombre {} cerca de {} figura con ese tipo de atención",
    ),
    (
        "nobody of the name {} is listed for that kind of care",
        "nadie con el nombre {} figura con ese tipo de atención",
    ),
    (
        "nobody of the name {} in {} is listed as {}",
        "nadie con el nombre {} en {} figura como {}",
    ),
    (
        "nobody of the name {} near {} is listed as {}",
        "nadie con el nombre {} cerca de {} figura como {}",
    ),
    (
        "nobody of the name {} is listed as {}",
        "nadie con el nombre {} figura como {}",
    ),
    (
        "nobody of the name {} is found near there for that kind of care",
        "cerca de allí no se encuentra a nadie con el nombre {} para ese tipo de atención",
    ),
    (
        "shown is who is called so and does something close to it",
        "se muestra a quienes se llaman así y hacen algo parecido",
    ),
    (
        "nobody called {} is found near {}",
        "no se encuentra a nadie llamado {} cerca de {}",
    ),
    (
        "nobody called {} is found in {}",
        "no se encuentra a nadie llamado {} en {}",
    ),
    (
        "shown is whoever is called {} there",
        "se muestra a quienes se llaman {} allí",
    ),
    (
        "nobody of the very name {} is within {} miles",
        "no hay nadie con ese mismo nombre, {}, a menos de {} millas",
    ),
    (
        "nobody of the very name {} is near {}",
        "no hay nadie con ese mismo nombre, {}, cerca de {}",
    ),
    (
        "shown is who is called like it there",
        "se muestra a quienes se llaman de forma parecida allí",
    ),
    (
        "shown is who is called like it",
        "se muestra a quienes se llaman de forma parecida",
    ),
    (
        "shown is whose name there begins so",
        "se muestra a quienes tienen allí un nombre que empieza así",
    ),
    (
        "{} is taken for the beginning of {}",
        "se toma {} por el comienzo de {}",
    ),
    ("{} is taken for {}, who is there", "se toma {} por {}, que está allí"),
    (
        "{} is not known in {}, so all of {} is searched",
        "{} no se conoce en {}, así que se busca en todo {}",
    ),
    (
        "{} is where you were, so it is left out",
        "{} es donde estaba antes, así que se deja fuera",
    ),
    (
        "{} is not what is asked for, so it is left out",
        "{} no es lo que se pide, así que se deja fuera",
    ),
    (
        "{} says nothing that can be searched for, so it is left out",
        "{} no dice nada que se pueda buscar, así que se deja fuera",
    ),
    (
        "{} is left out, as the house is known by its name",
        "se deja fuera {}, pues el centro se conoce por su nombre",
    ),
    (
        "{} is left out: the house stands beside whoever is called so",
        "se deja fuera {}: el centro aparece junto a quienes se llaman así",
    ),
    (
        "{} is no place that is known here, so it is left out: name a ZIP or a city",
        "{} no es un lugar conocido aquí, así que se deja fuera: indique un código postal o una ciudad",
    ),
    (
        "{} is a street, which cannot be searched for, so it is left out: name a ZIP or a city",
        "{} es una calle, y no se busca por calles, así que se deja fuera: indique un código postal o una ciudad",
    ),
    (
        "{} is a part of an address, which cannot be searched for, so it is left out",
        "{} es parte de una dirección, y no se puede buscar, así que se deja fuera",
    ),
    (
        "{} is no condition that can be searched for, so it is left out",
        "{} no es una condición que se pueda buscar, así que se deja fuera",
    ),
    (
        "only one time is searched for at once, so {} is left out",
        "solo se busca una hora a la vez, así que se deja fuera {}",
    ),
    (
        "{} is no distance that can be searched for, so it is left out: name miles",
        "{} no es una distancia que se pueda buscar, así que se deja fuera: indique millas",
    ),
    (
        "{} is no day that can be searched for, so it is left out: name a day",
        "{} no es un día que se pueda buscar, así que se deja fuera: indique un día",
    ),
    (
        "no free appointments are published here, so {} is left out",
        "aquí no se publican citas libres, así que se deja fuera {}",
    ),
    (
        "hours on holidays are not known here, so {} is left out: call before you go",
        "aquí no se conocen los horarios en días festivos, así que se deja fuera {}: llame antes de ir",
    ),
    (
        "no network or plan called {} is in this directory",
        "en este directorio no hay ninguna red ni plan llamado {}",
    ),
    (
        "nobody here is known by both, so {} is left out",
        "de nadie aquí se saben ambas cosas, así que se deja fuera {}",
    ),
    ("nobody here is listed as {}", "nadie aquí figura como {}"),
    (
        "shown is who does what is nearest to it, as {}",
        "se muestra a quienes hacen lo más parecido, como {}",
    ),
    (
        "nobody of the name {} is found so",
        "así no se encuentra a nadie con el nombre {}",
    ),
    (
        "nobody of the name {} is found who is all of that",
        "no se encuentra a nadie con el nombre {} que cumpla todo eso",
    ),
    (
        "nobody of the name {} is found",
        "no se encuentra a nadie con el nombre {}",
    ),
    (
        "nobody of the name {} is within {} miles",
        "no hay nadie con el nombre {} a menos de {} millas",
    ),
    (
        "the nearest is in {}, {} miles away",
        "el más cercano está en {}, a {} millas",
    ),
    ("not understood, so left out: {}", "no se entendió y se dejó fuera: {}"),
    (
        "only one place is searched at a time, so {} is left out",
        "solo se busca en un lugar a la vez, así que se deja fuera {}",
    ),
    (
        "{} is no place that is known here, so it is left out",
        "{} no es un lugar conocido aquí, así que se deja fuera",
    ),
    ("nobody called {} is found so", "así no se encuentra a nadie llamado {}"),
    (
        "nobody called {} is in this directory",
        "nadie llamado {} está en este directorio",
    ),
    ("shown are others of that kind", "se muestran otros del mismo tipo"),
    ("shown is whoever is called so", "se muestra a quienes se llaman así"),
    ("whoever is called so is shown", "se muestra a quienes se llaman así"),
    (
        "{} is left out: say which language is spoken instead",
        "se deja fuera {}: diga en cambio qué idioma se habla",
    ),
    (
        "a telephone number is looked for with its area code, ten digits",
        "un número de teléfono se busca con su código de área, diez dígitos",
    ),
    ("{} has {} digits", "{} tiene {} dígitos"),
    (
        "NPIs and telephone numbers have ten",
        "los NPI y los números de teléfono tienen diez",
    ),
    (
        "{} is neither an NPI nor a telephone number",
        "{} no es un NPI ni un número de teléfono",
    ),
    (
        "the check digit of {} should be {}",
        "el dígito de control de {} debería ser {}",
    ),
    ("nobody here has the locator {}", "nadie aquí tiene el localizador {}"),
    ("nobody here has the NPI {}", "nadie aquí tiene el NPI {}"),
    (
        "whoever has the NPI {} is kept out by what else is asked for",
        "quien tiene el NPI {} queda fuera por lo demás que se pide",
    ),
    (
        "nobody is found by the telephone number {}",
        "no se encuentra a nadie por el número de teléfono {}",
    ),
    (
        "the telephone number says who is meant, so what else was typed is not needed",
        "el número de teléfono dice a quién se busca, así que lo demás no hace falta",
    ),
    ("no physician is found so", "así no se encuentra ningún médico"),
    ("shown is whoever else is", "se muestra a los demás"),
    (
        "{} alone names no network or plan, so it is left out",
        "{} por sí solo no nombra ninguna red ni plan, así que se deja fuera",
    ),
    (
        "shown are those nearest to {} who are not in it",
        "se muestran los más cercanos a {} que no están allí",
    ),
    (
        "to find what is near, add a place: a ZIP, or a city and its state",
        "para buscar cerca, añada un lugar: un código postal, o una ciudad y su estado",
    ),
    (
        "nothing is known here of {}, so it is left out",
        "aquí no se sabe nada de {}, así que se deja fuera",
    ),
    (
        "nothing in this text was understood, so everybody is shown",
        "no se entendió nada de este texto, así que se muestra a todos",
    ),
    (
        "shown is who does something close to that care",
        "se muestra a quienes ofrecen una atención parecida",
    ),
    (
        "{} is taken for {}, where somebody of that name is",
        "se toma {} por {}, donde hay alguien con ese nombre",
    ),
    ("for {} add its state", "para {} añada su estado"),
    ("{} is taken for {}", "se toma {} por {}"),
    ("for {} add the state", "para {} añada el estado"),
    ("nobody here is of the category {}", "nadie aquí es de la categoría {}"),
    (
        "{} is no county that is known here",
        "{} no es un condado conocido aquí",
    ),
    ("{} is no city that is known here", "{} no es una ciudad conocida aquí"),
    (
        "nobody found is known to be open then",
        "de nadie se sabe que esté abierto entonces",
    ),
    (
        "nobody found has a free slot before that day",
        "nadie tiene una cita libre antes de ese día",
    ),
    ("nobody found is a physician", "nadie de los encontrados es médico"),
    (
        "nobody found is known to offer telehealth as asked",
        "de nadie se sabe que ofrezca la telemedicina pedida",
    ),
    (
        "nobody found is known to be accessible as asked",
        "de nadie se sabe que sea accesible como se pide",
    ),
    (
        "nobody found is of that gender, as far as is known",
        "nadie es de ese género, por lo que se sabe",
    ),
    (
        "nobody found is known to take new patients as asked",
        "de nadie se sabe que acepte pacientes nuevos",
    ),
    (
        "nobody found is in that network or plan",
        "nadie de los encontrados está en esa red o plan",
    ),
    (
        "everybody found is among those who are not wanted",
        "todos los encontrados son de los que no se quieren",
    ),
    (
        "nobody found is known to speak that language",
        "de nadie se sabe que hable ese idioma",
    ),
    ("nobody is found so near", "no se encuentra a nadie tan cerca"),
    (
        "nobody found is known for that kind of care",
        "de nadie se sabe que ofrezca ese tipo de atención",
    ),
    (
        "nobody found is in that state",
        "nadie de los encontrados está en ese estado",
    ),
    (
        "nobody found is all of that",
        "nadie de los encontrados cumple todo eso",
    ),
    ("without that there is 1", "sin eso hay 1"),
    ("without that there are at least {}", "sin eso hay al menos {}"),
    ("without that there are some", "sin eso hay algunos"),
    ("without that there are {}", "sin eso hay {}"),
    ("without those wishes there is 1", "sin esos deseos hay 1"),
    (
        "without those wishes there are at least {}",
        "sin esos deseos hay al menos {}",
    ),
    ("without those wishes there are some", "sin esos deseos hay algunos"),
    ("without those wishes there are {}", "sin esos deseos hay {}"),
];

/// Wishes by the name that they have in `without {} there are {}`.
const WISHES: &[(&str, &str)] = &[
    ("accessibility", "la accesibilidad"),
    ("new patients", "los pacientes nuevos"),
    ("telehealth", "la telemedicina"),
    ("the distance", "la distancia"),
    ("the free slot", "la cita libre"),
    ("the gender", "el género"),
    ("the hours", "el horario"),
    ("the language", "el idioma"),
    ("the network or plan", "la red o el plan"),
    ("the physician", "la condición de médico"),
    ("who is not wanted", "lo que no se quiere"),
];

/// `without the hours and the language there are 3`.
fn without(hint: &str) -> Option<String> {
    let (wishes, count) = hint.strip_prefix("without ")?.split_once(" there ")?;
    let spanish = |wish: &str| WISHES.iter().find(|(english, _)| *english == wish).map(|(_, own)| *own);
    let wishes = wishes.split(" and ").map(spanish).collect::<Option<Vec<_>>>()?;
    let count = match count.split_once(' ')? {
        ("is", one) => one.to_owned(),
        ("are", "some") => "algunos".to_owned(),
        ("are", many) => many.replace("at least", "al menos"),
        _ => return None,
    };
    Some(format!("sin {} hay {count}", wishes.join(" ni ")))
}

/// One sentence of the engine in Spanish, if it is known. Values keep their backticks.
pub fn spanish(hint: &str) -> Option<String> {
    if let Some((miles, rest)) = hint.strip_prefix("within ").and_then(|rest| rest.split_once(" miles ")) {
        return spanish(rest).map(|rest| format!("a menos de {miles} millas {rest}"));
    }
    known(hint).or_else(|| of_a_name(hint)).or_else(|| without(hint))
}

/// What nobody of a name is: the sentence for everybody, and who is meant.
fn of_a_name(hint: &str) -> Option<String> {
    let (name, rest) = hint.strip_prefix("nobody of the name `")?.split_once("` ")?;
    let verb = [" is ", " has "].iter().filter_map(|verb| rest.find(verb)).min();
    let (place, told) = match rest.split_once(' ')? {
        ("in", place) => (
            format!(" en {}", place.get(..verb?.checked_sub(3)?)?),
            &rest[verb? + 1..],
        ),
        ("near", place) => (
            format!(" cerca de {}", place.get(..verb?.checked_sub(5)?)?),
            &rest[verb? + 1..],
        ),
        _ => (String::new(), rest),
    };
    let told = known(&format!("nobody found {told}"))?;
    Some(format!("{told} (con el nombre `{name}`{place})"))
}

fn known(hint: &str) -> Option<String> {
    HINTS.iter().find_map(|(english, spanish)| {
        let values = filled(english, hint)?;
        let mut values = values.into_iter();
        let mut parts = spanish.split("{}");
        let first = parts.next()?.to_owned();
        Some(parts.fold(first, |told, part| told + values.next().unwrap_or_default() + part))
    })
}

/// What stands in the holes of a pattern, if the text is of it.
fn filled<'t>(pattern: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut parts = pattern.split("{}");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut values = Vec::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let end = if parts.peek().is_none() {
            rest.len()
                .checked_sub(part.len())
                .filter(|end| rest.get(*end..) == Some(part))?
        } else {
            rest.rfind(part)? // A place has commas of its own.
        };
        let (value, behind) = (rest.get(..end)?, rest.get(end + part.len()..)?);
        if value.is_empty() {
            return None;
        }
        values.push(value);
        rest = behind;
    }
    rest.is_empty().then_some(values)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    /// All text of a folder's Rust files, in one line each, without the breaks that long literals have.
    fn sources(folder: &Path, into: &mut String) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                sources(&path, into);
            } else if path.extension().is_some_and(|end| end == "rs") {
                into.push_str(&fs::read_to_string(&path).expect("a text"));
            }
        }
    }

    #[test]
    fn the_engine_still_says_what_is_translated() {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut said = String::new();
        sources(&src.join("query"), &mut said);
        sources(&src.join("vocab"), &mut said);
        for (english, spanish) in HINTS {
            assert_eq!(
                english.matches("{}").count(),
                spanish.matches("{}").count(),
                "{english}"
            );
            // What is counted is put together from parts.
            let told = english.split("without th").next().unwrap_or_default();
            for part in told.split("{}").map(str::trim).filter(|part| part.len() > 9) {
                assert!(said.contains(part), "nobody says {part:?} any more");
            }
        }
        for (wish, _) in WISHES {
            assert!(
                said.contains(&format!("noun: \"{wish}\"")),
                "no wish is called {wish:?}"
            );
        }
    }

    #[test]
    fn values_stay_where_they_belong() {
        assert_eq!(
            spanish("nobody of the name `quill feather` is found").as_deref(),
            Some("no se encuentra a nadie con el nombre `quill feather`")
        );
        assert_eq!(
            spanish("the nearest is in Reno, NV, 240 miles away").as_deref(),
            Some("el más cercano está en Reno, NV, a 240 millas")
        );
        assert_eq!(
            spanish("within 200 miles nobody found is a physician").as_deref(),
            Some("a menos de 200 millas nadie de los encontrados es médico")
        );
        assert_eq!(spanish("without that there are 12").as_deref(), Some("sin eso hay 12"));
        assert_eq!(
            spanish("without that there are at least 9").as_deref(),
            Some("sin eso hay al menos 9")
        );
        assert_eq!(
            spanish("without the hours and the language there are at least 9").as_deref(),
            Some("sin el horario ni el idioma hay al menos 9")
        );
        assert_eq!(
            spanish("nobody of the name `smith` in Reno, NV is known to be open then").as_deref(),
            Some("de nadie se sabe que esté abierto entonces (con el nombre `smith` en Reno, NV)")
        );
        assert_eq!(
            spanish("nobody of the name `smith` near Reno, NV is listed as `dentist`").as_deref(),
            Some("nadie con el nombre `smith` cerca de Reno, NV figura como `dentist`")
        );
        assert_eq!(
            spanish("`edina` is not known in Missouri, so all of Missouri is searched").as_deref(),
            Some("`edina` no se conoce en Missouri, así que se busca en todo Missouri")
        );
        assert_eq!(spanish("nobody of the name `smith` is"), None);
        assert_eq!(spanish("something new"), None);
    }
}
