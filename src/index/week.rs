//! Opening hours with their time zone as one text: many keep the same week, so a segment has each once in a dictionary, and a
//! search asks each once whether it is open.

use super::packed::Hours;

/// The zone, and behind a line break each packed byte as the letter of its number. `None` where no hours are known.
pub fn write(zone: Option<&str>, hours: Hours<'_>) -> Option<String> {
    let zone = zone.unwrap_or_default().chars().filter(|c| *c != '\n');
    let letters = hours.bytes().iter().map(|byte| char::from(*byte));
    (!hours.bytes().is_empty()).then(|| zone.chain(['\n']).chain(letters).collect())
}

/// The zone, empty where none is known, and the packed hours.
pub fn read(text: &str) -> (&str, Vec<u8>) {
    let (zone, hours) = text.split_once('\n').unwrap_or((text, ""));
    let bytes = hours.chars().map(|letter| u8::try_from(letter).unwrap_or(0));
    (zone, bytes.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_is_read_as_it_was_written() {
        // Ten minutes past midnight to ten past four in the afternoon: bytes that are line breaks and no letters of ASCII.
        let packed = Hours::pack([(1, 10, 970), (7, 1320, 360)]);
        for zone in ["America/Denver", ""] {
            let text = write(Some(zone), Hours::unpack(&packed)).expect("hours are known");
            assert_eq!(read(&text), (zone, packed.clone()));
        }
        assert_eq!(write(Some("America/Denver"), Hours::default()), None);
    }
}
