//! What people mean who say it the other way round, of themselves, in a word that was parted or misspelt, or of a kind of care that
//! nobody here is listed for.

use super::words_reading::{assert_read, world};

/// Words for ills lead to who treats them.
#[test]
fn words_of_ills_lead_to_who_treats_them() {
    assert_read(
        world(),
        &[
            ("canker sores", "is=122300000X"),
            ("pooping blood", "is=207RG0100X"),
            ("lump in my throat", "is=207Y00000X"),
            ("mouth ulcer", "is=122300000X"),
            ("contacts prescription", "is=152W00000X"),
            ("leak when i cough", "is=208800000X"),
            ("cellulitis", "is=261QU0200X"),
            ("varicocele", "is=208800000X"),
            ("spirometry", "is=207RP1001X"),
            ("meniere", "is=207Y00000X"),
            ("back cracker", "is=111N00000X"),
        ],
    );
}
