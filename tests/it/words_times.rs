//! Days and hours in the one box, as people say and refuse them: never is it read as the opposite of what was said.

use super::words_reading::{assert_read, world};

/// Sunday, 22 November 2026, is today.
#[test]
fn days_and_hours_are_read_as_they_are_said() {
    assert_read(
        world(),
        &[
            ("dentist before 9", "is=122300000X open_at=2026-11-23T08:59"),
            (
                "dentist before 9 in boston",
                "is=122300000X open_at=2026-11-23T08:59 at=Boston, MA",
            ),
            (
                "pediatrician between 2 and 4 tuesday",
                "is=208000000X open_at=2026-11-24T15:00",
            ),
            (
                "dentist from 2 to 4 pm on friday",
                "is=122300000X open_at=2026-11-27T15:00",
            ),
            ("dentist 2-4pm", "is=122300000X open_at=2026-11-23T15:00"),
            ("dentist after 5:30 pm", "is=122300000X open_at=2026-11-23T17:30"),
            ("dentist open at 8", "is=122300000X open_at=2026-11-23T08:00"),
            ("pharmacy open past 10 pm", "is=333600000X open_at=2026-11-23T22:00"),
            ("pharmacy open late", "is=333600000X open_at=2026-11-23T21:00"),
            ("dentist at noon", "is=122300000X open_at=2026-11-23T12:00"),
            ("dentist on tues after 3", "is=122300000X open_at=2026-11-24T15:00"),
            ("dentist day after tomorrow", "is=122300000X open_at=2026-11-24T10:00"),
            ("dentist open in 3 days", "is=122300000X open_at=2026-11-25T10:00"),
            ("dentista sabado por la tarde", "is=122300000X open_at=2026-11-28T14:00"),
            ("dentist not before noon", "is=122300000X open_at=2026-11-23T12:00"),
            ("dentist no later than 5pm", "is=122300000X open_at=2026-11-23T16:59"),
            (
                "dentist not closed on saturday",
                "is=122300000X open_at=2026-11-28T10:00",
            ),
            // What is said in two pieces is one.
            ("saturday dentist after 3pm", "is=122300000X open_at=2026-11-28T15:00"),
            (
                "open saturday dentist in the morning",
                "is=122300000X open_at=2026-11-28T10:00",
            ),
            (
                "after 5 pm dentist on wednesday",
                "is=122300000X open_at=2026-11-25T17:00",
            ),
            // Days of the calendar.
            ("dentist dec 3rd 2pm", "is=122300000X open_at=2026-12-03T14:00"),
            ("dentist dec. 4 3pm", "is=122300000X open_at=2026-12-04T15:00"),
            ("dentist december 15", "is=122300000X open_at=2026-12-15T10:00"),
            ("dentist 12/15 at 9am", "is=122300000X open_at=2026-12-15T09:00"),
            ("dentist on the 25th", "is=122300000X open_at=2026-11-25T10:00"),
            ("dentista el 15 de diciembre", "is=122300000X open_at=2026-12-15T10:00"),
            ("dentist tmrw 9am", "is=122300000X open_at=2026-11-23T09:00"),
            ("dentist a week from monday", "is=122300000X open_at=2026-11-30T10:00"),
            ("dentist half past 4 thursday", "is=122300000X open_at=2026-11-26T16:30"),
            ("dentist at 14:30 tuesday", "is=122300000X open_at=2026-11-24T14:30"),
            ("dentist at 9 thursday", "is=122300000X open_at=2026-11-26T09:00"),
            ("dentista el jueves a las 4", "is=122300000X open_at=2026-11-26T16:00"),
            ("dentista despues de las 5", "is=122300000X open_at=2026-11-23T17:00"),
            ("dentist thurs 6", "is=122300000X open_at=2026-11-26T18:00"),
            ("dentist wed pm", "is=122300000X open_at=2026-11-25T14:00"),
            ("dentist in january houston", "is=122300000X at=Houston, TX"),
            ("dentist on new years eve houston", "is=122300000X at=Houston, TX"),
            ("dentist tonight houston", "is=122300000X at=Houston, TX"),
            // No hour.
            ("knee pain after 3 months", "is=207X00000X"),
            ("headache in the morning", "is=2084N0400X"),
            ("a rash that spread in 2 days", "is=207N00000X"),
        ],
    );
}

#[test]
fn a_refused_time_is_never_asked_for() {
    for text in [
        "dentist not on fridays",
        "dentist any day but monday",
        "dentist every day except sunday",
        "dentist closed weekends no",
        "i cant do mondays dentist",
        "i can't come in on mondays need a dentist",
        "dentist mondays dont work for me",
        "dentist never on sundays",
        "dentist not mondays or tuesdays",
        "dentist no mornings, no evenings",
        "dentist closed on sundays is fine",
        "avoid mondays dentist",
        "dentist no puedo los lunes",
        "i work monday to friday dentist",
        "dentist not saturday and sunday",
    ] {
        let answer = world().ask(&[("q", text)]);
        let read = &answer["interpreted"];
        assert!(read["open_at"].is_null(), "{text}: {read}");
        assert_eq!(read["specialty"][0], "122300000X", "{text}: {read}");
        assert!(read["name"].is_null(), "{text}: {read}");
        let hint = answer["hint"].as_str().unwrap_or_default();
        assert!(hint.contains("left out"), "{text}: {hint}");
    }
    assert_read(
        world(),
        &[
            (
                "i work monday to friday so i need a dentist on saturday",
                "is=122300000X open_at=2026-11-28T10:00",
            ),
            ("cant sleep at night", "is=207RS0012X"),
        ],
    );
    // Of two times the first is searched for, and that is said.
    let answer = world().ask(&[("q", "dentist open monday or wednesday")]);
    assert_eq!(answer["interpreted"]["open_at"], "2026-11-23T10:00");
    let hint = answer["hint"].as_str().unwrap_or_default();
    assert!(hint.contains("`wednesday` is left out"), "{hint}");
}

/// What is done for somebody, where it is denied beside a kind of care, is not asked for.
#[test]
fn denied_care_is_not_asked_for() {
    assert_read(
        world(),
        &[
            ("dentist no root canals", "is=122300000X"),
            ("my 3 year old has an ear infection and wont sleep", "is=207Y00000X"),
            ("no surgery knee pain", "is=207X00000X not=specialty=208600000X"),
            ("hospital that isnt st joseph", "is=282N00000X not=name=st joseph"),
        ],
    );
}

/// What a negation denies goes on behind `or`.
#[test]
fn what_is_denied_together_is_denied() {
    assert_read(
        world(),
        &[
            (
                "dermatologist not in brooklyn or queens",
                "is=207N00000X at=Brooklyn, NY not=place=Brooklyn, NY not=place=Queens, NY",
            ),
            (
                "pediatrician who doesnt speak spanish or french",
                "is=208000000X not=language=es not=language=fr",
            ),
            (
                "pediatrician anyone but dr garcia or dr smith",
                "is=208000000X not=name=garcia not=name=smith",
            ),
            ("i dont speak spanish or french dentist", "is=122300000X"),
            (
                "dentist not in brooklyn and accepting new patients",
                "is=122300000X accepting_new_patients=true at=Brooklyn, NY not=place=Brooklyn, NY",
            ),
            ("hospital except st joseph", "is=282N00000X not=name=st joseph"),
            ("hospital except saint joseph's", "is=282N00000X not=name=saint josephs"),
        ],
    );
}

/// The opposite of what was said is never asked for.
#[test]
fn what_is_refused_in_other_words_is_not_asked_for() {
    assert_read(
        world(),
        &[
            ("dentist not for kids in boston", "is=122300000X at=Boston, MA"),
            (
                "not pediatric dentist boston",
                "is=122300000X at=Boston, MA not=specialty=1223P0221X",
            ),
            ("prefer female but male ok cardiologist", "is=207RC0000X"),
            (
                "rather a woman than a man dentist",
                "is=122300000X gender=F not=gender=M",
            ),
            ("no quiero doctor hombre, dentista", "is=122300000X not=gender=M"),
            (
                "dentist out of network with harbor national",
                "is=122300000X not=network",
            ),
            ("no doctors", ""),
            (
                "neither dentist nor orthodontist, cardiologist in boston",
                "is=207RC0000X at=Boston, MA not=specialty=122300000X not=specialty=1223X0400X",
            ),
            (
                "pediatrician that isn't dr smith or dr garcia",
                "is=208000000X not=name=smith not=name=garcia",
            ),
            // A part of the day that is refused is none that is asked for.
            ("dentist no mornings", "is=122300000X"),
            ("dentist not in the evening", "is=122300000X"),
            ("dentist no nights", "is=122300000X"),
            (
                "not boston, dentist in houston",
                "is=122300000X at=Houston, TX not=place=Boston, MA",
            ),
            (
                "i can only do afternoons dentist",
                "is=122300000X open_at=2026-11-23T14:00",
            ),
            ("headache in the mornings dentist", "is=122300000X"),
            (
                "pediatra que no este en brooklyn",
                "is=208000000X at=Brooklyn, NY not=place=Brooklyn, NY",
            ),
            (
                "dentista a menos de 10 millas de houston",
                "is=122300000X at=Houston, TX miles=10.0",
            ),
            ("dentist not before noon", "is=122300000X open_at=2026-11-23T12:00"),
            ("never again dr smith dentist", "is=122300000X not=name=smith"),
            (
                "dentist but not smith in boston",
                "is=122300000X at=Boston, MA not=name=smith",
            ),
        ],
    );
}

/// What is left out is told in the words in which it was said.
#[test]
fn refused_times_are_told_as_they_were_said() {
    for (text, said) in [
        ("dentist no mornings", "`no mornings`"),
        ("dentist any day but tuesday", "`any day but tuesday`"),
        ("dentist every day but tuesday", "`every day but tuesday`"),
        ("dentist closed on mondays", "`closed on mondays`"),
    ] {
        let answer = world().ask(&[("q", text)]);
        let told = answer["hint"].as_str().unwrap_or_default();
        assert!(
            told.starts_with(said) && told.contains("is no condition"),
            "{text}: {answer}"
        );
    }
}
