//! Who is meant where a title stands amid the text, or something like one: `natalie scoggins works with dr paulin`, `a counselor
//! called sarah`, `prof dr med ann ngo`.

use super::Reader;
use crate::query::spelling;
use crate::vocab::names::TITLES;

/// Words that say, like a title, that somebody's name follows.
const CALLED: &[&str] = &["called", "llamada", "llamado", "named"];
/// Behind a title these are of it.
const LEARNED: &[&str] = &["dent", "med", "phil"];
/// Words before `id`, which is then no state.
const WHOSE: &[&str] = &["account", "case", "claim", "member", "my", "patient", "subscriber"];

impl Reader<'_, '_> {
    /// `called sarah`: a name follows.
    pub(super) fn calls(&self, at: usize) -> bool {
        let next = self.words.get(at + 1);
        CALLED.contains(&self.words[at].as_str())
            && next.is_some_and(|next| {
                !self.everyday().is_filler(next)
                    && spelling::is_borne_by_person(self.snapshot, std::slice::from_ref(next))
            })
    }

    /// `dr med`: of the title, where a name follows.
    pub(super) fn is_learned(&self, at: usize) -> bool {
        let before = at.checked_sub(1).map(|before| self.words[before].as_str());
        LEARNED.contains(&self.words[at].as_str()) && before == Some("dr") && at + 1 < self.words.len()
    }

    /// `member id`, `my id is 4421987`: no state and nobody's name.
    pub(super) fn is_label(&self, at: usize) -> bool {
        let before = at.checked_sub(1).map(|before| self.words[before].as_str());
        let behind = self.words.get(at + 1);
        let number = |word: &String| word.len() > 2 && word != "is" && word.bytes().any(|b| b.is_ascii_digit());
        self.words[at] == "id" && (before.is_some_and(|before| WHOSE.contains(&before)) || behind.is_some_and(number))
    }

    /// `your appointment with dr carol barber is confirmed for december 8`: words behind a gap are not of the name of whoever stands
    /// behind the title, unless they are a town.
    fn end_at_gap(&mut self) {
        let is_title = |at: &usize| TITLES.contains(&self.words[*at - 1].as_str());
        let Some(first) = self.named.iter().rposition(|at| *at > 0 && is_title(at)) else {
            return;
        };
        let together = self.named[first..].windows(2).take_while(|pair| pair[0] + 1 == pair[1]);
        let end = first + 1 + together.count();
        let words = |named: &[usize]| -> Vec<String> { named.iter().map(|at| self.words[*at].clone()).collect() };
        let (person, behind) = (words(&self.named[first..end]), words(&self.named[end..]));
        let town = self.snapshot.lexicon.gazetteer.is_town(&behind.join(" "), 1);
        // `dr r something mejia`: an initial, and the surname that is half remembered.
        let initial = person.iter().all(|word| word.len() == 1);
        if behind.is_empty() || initial || town || !spelling::is_borne_by_person(self.snapshot, &person) {
            return;
        }
        for word in behind.iter().rev() {
            self.reading.leave_out(word);
        }
        self.named.truncate(end);
    }

    /// `dr jackson and dr stewart`: a title before both, whoever is called by both.
    fn are_titled_apart(&self) -> bool {
        let titled = |at: &&usize| {
            at.checked_sub(1)
                .is_some_and(|at| TITLES.contains(&self.words[at].as_str()))
        };
        self.named.iter().filter(titled).count() > 1
    }

    /// What stands before a title within a run of words that nobody is called like together: somebody else, who is asked for,
    /// too, if somebody is called so; nothing otherwise. Says whether there are two people.
    pub(super) fn part_at_title(&mut self) -> bool {
        let name = self.name();
        if name.len() < 2 || (spelling::is_borne(self.snapshot, &name) && !self.are_titled_apart()) {
            return false;
        }
        self.end_at_gap();
        if self.named.len() < 2 {
            return false;
        }
        let is_title = |at: &usize| TITLES.contains(&self.words[*at].as_str()) && self.named.contains(&(at + 1));
        let Some(title) = (1..self.words.len()).rev().find(is_title) else {
            return false;
        };
        let (before, behind): (Vec<usize>, Vec<usize>) = self.named.iter().partition(|at| **at < title);
        let words = |named: &[usize]| -> Vec<String> { named.iter().map(|at| self.words[*at].clone()).collect() };
        let (first, second) = (words(&before), words(&behind));
        if first.is_empty() || !spelling::is_borne(self.snapshot, &second) {
            return false;
        }
        // `dr murray / dr testerman medina oh`
        let titled = before[0].checked_sub(1);
        let titled = titled.is_some_and(|at| TITLES.contains(&self.words[at].as_str()));
        if (titled || first.len() > 1) && spelling::is_borne_by_person(self.snapshot, &first) {
            self.reading.name = first;
            self.reading.other_names = vec![second];
            return true;
        }
        for word in first.iter().rev() {
            self.reading.leave_out(word);
        }
        self.named = behind;
        false
    }
}
