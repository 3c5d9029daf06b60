//! Names of organisations: a proper name with a head (`Clinic`, `Associates`) or a legal form, a labelled value, or words that an
//! organisation of the directory is called by.

use std::ops::Range;

use super::layout::Label;
use super::person::Person;
use super::text::Kind;
use super::view::View;
use super::words::{STATE_CODES, circle, is_in, sense};

/// Most tokens of a name.
const MOST_TOKENS: usize = 14;
/// Words before a name that are looked at for what somebody did there.
const MOST_BEFORE: usize = 8;

/// The name of an organisation in the text.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Its bytes, the legal form included.
    pub bytes: Range<usize>,
    /// As written, in one line.
    pub name: String,
    /// Whether a label or a column says that it is one.
    pub labelled: bool,
    /// Whether somebody of the directory bears all its words.
    pub borne: bool,
}

/// All names of organisations, in their order.
pub fn find(view: &View<'_, '_>, people: &[Person]) -> Vec<Organization> {
    let mut finder = Finder {
        view,
        people,
        found: Vec::new(),
    };
    finder.labelled();
    finder.in_running_text();
    finder.found.sort_by_key(|organization| organization.bytes.start);
    finder.found
}

struct Finder<'v, 'a, 't> {
    view: &'v View<'a, 't>,
    people: &'v [Person],
    found: Vec<Organization>,
}

impl Finder<'_, '_, '_> {
    fn is_free(&self, bytes: &Range<usize>) -> bool {
        let at = self.people.partition_point(|person| person.whole.end <= bytes.start);
        let person = self.people.get(at).is_none_or(|person| person.whole.start >= bytes.end);
        person
            && self
                .found
                .iter()
                .rev()
                .take(64)
                .all(|o| o.bytes.end <= bytes.start || o.bytes.start >= bytes.end)
    }

    fn add(&mut self, tokens: &Range<usize>, labelled: bool) {
        let view = self.view;
        let mut bytes = view.text.bytes(tokens);
        // `Inc.` keeps its full stop where one stands; the end of a sentence looks the same and is the rarer case.
        let last = tokens.end - 1;
        if view.is(last, sense::LEGAL) && view.is_mark(last + 1, '.') && view.text.tokens[last + 1].glued {
            bytes.end = view.text.tokens[last + 1].end as usize;
        }
        if !self.is_free(&bytes) {
            return;
        }
        let name = view.text.source[bytes.clone()]
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let borne = self.is_borne(tokens);
        self.found.push(Organization {
            bytes,
            name,
            labelled,
            borne,
        });
    }

    /// The words of a name without its legal form.
    fn words(&self, tokens: &Range<usize>) -> Vec<usize> {
        let view = self.view;
        let legal = |at: &usize| view.is(*at, sense::LEGAL) && at + 1 == tokens.end;
        let joins = |at: &usize| matches!(view.text.folded(*at), "and" | "of" | "the" | "for" | "at" | "s");
        tokens
            .clone()
            .filter(|at| view.text.folded(*at).len() > 1 && !legal(at) && !joins(at))
            .collect()
    }

    fn is_borne(&self, tokens: &Range<usize>) -> bool {
        let words = self.words(tokens);
        !words.is_empty() && self.view.is_borne(&words)
    }

    /// Values of labels and cells of columns for organisations.
    fn labelled(&mut self) {
        let layout = self.view.layout;
        let cells = layout
            .cells()
            .iter()
            .filter(|cell| cell.label == Some(Label::Organization))
            .map(|cell| {
                let head = cell.head.clone().map(|head| &self.view.text.source[head]);
                // Under `Company` of an address book stands any.
                (
                    cell.bytes.clone(),
                    !head.is_some_and(|head| head.trim().eq_ignore_ascii_case("company")),
                )
            });
        let items = layout
            .items()
            .iter()
            .filter(|item| item.label == Label::Organization)
            .map(|item| (item.bytes.clone(), true));
        // Under `Provider` an organisation may stand as well.
        let names = layout
            .cells()
            .iter()
            .filter(|cell| cell.label == Some(Label::Name))
            .map(|cell| (cell.bytes.clone(), false));
        let named = layout
            .items()
            .iter()
            .filter(|item| item.label == Label::Name)
            .map(|item| (item.bytes.clone(), false));
        let values: Vec<(Range<usize>, bool)> = cells.chain(items).chain(names).chain(named).collect();
        for (bytes, sure) in values {
            let tokens = self.view.text.tokens_in(&bytes);
            // `[X] MD  [ ] PA`: boxes to be ticked.
            if tokens.clone().any(|at| self.view.is_mark(at, '[')) {
                continue;
            }
            let letters = tokens
                .clone()
                .filter(|at| self.view.text.tokens[*at].is_capital())
                .count();
            // `Clinic: 2217 Highway 110 W`
            let numbered = tokens
                .clone()
                .next()
                .is_some_and(|at| self.view.text.tokens[at].kind == Kind::Number);
            let plain = !tokens.clone().any(|at| self.view.is(at, sense::HEAD | sense::LEGAL));
            if numbered && plain && !self.is_borne(&tokens) {
                continue;
            }
            if letters == 0 || tokens.len() > MOST_TOKENS || !self.is_free(&bytes) {
                continue;
            }
            // `Consult to: Internal Medicine`
            if !sure && self.is_specialty(&tokens) {
                continue;
            }
            let headed = tokens.clone().any(|at| self.view.is(at, sense::HEAD | sense::LEGAL));
            let named = sure || headed || (tokens.len() > 1 && self.is_borne(&tokens));
            if !named {
                continue;
            }
            let end = self.value_end(&tokens);
            if end > tokens.start && !self.is_authority(&(tokens.start..end)) {
                self.add(&(tokens.start..end), true);
            }
        }
    }

    /// Where a labelled name ends: before an address, a number or a bracket.
    fn value_end(&self, tokens: &Range<usize>) -> usize {
        let view = self.view;
        let mut end = tokens.start;
        for at in tokens.clone() {
            let token = &view.text.tokens[at];
            let comma = token.is(',') && !(at + 1 < tokens.end && view.is(at + 1, sense::LEGAL));
            if view.is_closed(at)
                || token.is('(')
                || token.is(';')
                || comma
                || (at > tokens.start && token.line != view.text.tokens[at - 1].line)
            {
                break;
            }
            end = at + 1;
        }
        while end > tokens.start && matches!(view.text.tokens[end - 1].kind, Kind::Mark(_)) {
            end -= 1;
        }
        end
    }

    fn in_running_text(&mut self) {
        let mut at = 0;
        while at < self.view.len() {
            at = match self.run(at) {
                Some(run) => {
                    self.name_in(&run);
                    run.end
                }
                None => at + 1,
            };
        }
    }

    /// The longest run of capitalised words and what joins them, from a token on.
    fn run(&self, start: usize) -> Option<Range<usize>> {
        let view = self.view;
        if !self.is_part(start) {
            return None;
        }
        let mut end = start + 1;
        let mut at = end;
        while view.flows(at) && at - start < MOST_TOKENS {
            if self.is_part(at) {
                at += 1;
                end = at;
            } else if self.joins(at) {
                at += 1;
            } else {
                break;
            }
        }
        Some(start..end)
    }

    fn is_part(&self, at: usize) -> bool {
        let view = self.view;
        let byte = view.text.tokens[at].start as usize;
        let cell = view.layout.cell_at(byte).and_then(|cell| cell.label);
        let label = cell.or_else(|| view.layout.item_at(byte).map(|item| item.label));
        let fits = label.is_none_or(|label| {
            matches!(
                label,
                Label::Organization | Label::Name | Label::Other | Label::Misc | Label::Number
            )
        });
        fits && !view.is_closed(at) && view.text.tokens[at].is_capital() && self.is_free(&view.text.tokens[at].range())
    }

    /// `of`, `&`, `, LLC`, the full stop of `St.`
    fn joins(&self, at: usize) -> bool {
        let view = self.view;
        if view.is_closed(at) || at + 1 >= view.len() {
            return false;
        }
        let word = view.text.folded(at);
        let token = &view.text.tokens[at];
        let before = view.text.folded(at - 1);
        let next_part = view.flows(at + 1) && self.is_part(at + 1);
        match token.kind {
            Kind::Mark(',') => view.flows(at + 1) && view.is(at + 1, sense::LEGAL) && !view.is_closed(at + 1),
            Kind::Mark('.') => token.glued && next_part && matches!(before, "st" | "mt" | "ft" | "dr"),
            Kind::Mark('&' | '/' | '+') => next_part,
            Kind::Mark('\'' | '\u{2019}') => token.glued && view.text.folded(at + 1) == "s",
            Kind::Word => match word {
                "s" => token.glued && next_part,
                "of" | "and" | "for" | "the" | "at" | "in" => next_part && word != "in" && word != "at",
                _ => false,
            },
            _ => false,
        }
    }

    /// The name within a run, if there is one.
    fn name_in(&mut self, run: &Range<usize>) {
        let view = self.view;
        let is_head =
            |at: &usize| view.is(*at, sense::HEAD) || (view.is(*at, sense::LEGAL) && !view.is(*at, sense::AMBIGUOUS));
        let strong = run.clone().rev().find(is_head);
        let weak = run
            .clone()
            .rev()
            .find(|at| view.is(*at, sense::WEAK_HEAD | sense::LEGAL));
        let Some(head) = strong.or(weak) else { return };
        // From the head to the right: more heads, a legal form, `of Houston`.
        let mut end = head + 1;
        while end < run.end {
            let next = if self.joins(end) { end + 1 } else { end };
            let goes_on = next < run.end
                && (view.is(next, sense::HEAD | sense::WEAK_HEAD | sense::LEGAL)
                    || view.text.folded(end) == "of"
                    || (view.text.folded(end) == "for" && view.is(end - 1, sense::HEAD)));
            if !goes_on {
                break;
            }
            end = next + 1;
            // `Center for Internal Medicine`
            if view.text.folded(next - 1) == "for" {
                let is_part = |at: &usize| self.is_part(*at) && *at < next + 4;
                end = (next..run.end).take_while(is_part).last().map_or(end, |last| last + 1);
            }
            // `of New Iberia`: a town of several words.
            if view.text.folded(next - 1) == "of" {
                end = self.town_end(next, run.end);
            }
        }
        let start = self.start_of(run.start, head, end);
        let Some(start) = start else { return };
        let tokens = start..end;
        let authority = (run.start..start).any(|at| is_in(view.text.folded(at), circle::AUTHORITY));
        let plain = !authority && !self.is_school(&tokens);
        if plain && self.is_name(&tokens, strong.is_some()) && !self.is_authority(&tokens) {
            self.add(&tokens, false);
        }
        if end < run.end {
            self.name_in(&(end..run.end));
        }
    }

    /// Behind the longest town that begins with a token, which is at least that token.
    fn town_end(&self, start: usize, end: usize) -> usize {
        let view = self.view;
        let is_town = |behind: &usize| {
            let words: Vec<&str> = (start..*behind).map(|at| view.text.written(at)).collect();
            view.lexicon.gazetteer.is_city(&words.join(" "))
        };
        (start + 2..=end.min(start + 3))
            .rev()
            .find(is_town)
            .unwrap_or(start + 1)
    }

    /// Where somebody has learnt, which says nothing about where they are: `a fellowship at the Mayo Clinic`. And what is
    /// called after teaching itself.
    fn is_school(&self, tokens: &Range<usize>) -> bool {
        let view = self.view;
        if tokens.end < view.len()
            && view.flows(tokens.end)
            && matches!(
                view.text.folded(tokens.end),
                "education"
                    | "training"
                    | "agreement"
                    | "agreements"
                    | "act"
                    | "guideline"
                    | "guidelines"
                    | "midwife"
                    | "nurse"
                    | "registered"
                    | "technician"
                    | "course"
            )
        {
            return true;
        }
        let before = (tokens.start.saturating_sub(MOST_BEFORE)..tokens.start).rev();
        for at in before {
            let word = view.text.folded(at);
            if view.is_mark(at, '.') || is_in(word, circle::PRACTISING) {
                return false;
            }
            if is_in(word, circle::LEARNING) {
                return true;
            }
        }
        false
    }

    /// Where the name begins: behind the last word that is none.
    fn start_of(&self, first: usize, head: usize, end: usize) -> Option<usize> {
        let view = self.view;
        let last_cut = (first..head).rev().find(|at| self.cuts(*at));
        let mut start = last_cut.map_or(first, |at| at + 1);
        while start < head && !view.text.tokens[start].is_capital() {
            start += 1;
        }
        (start < head || start + 1 < end).then_some(start)
    }

    /// Words that begin names of organisations although they begin sentences.
    fn is_proper_never(&self, at: usize) -> bool {
        matches!(
            self.view.text.folded(at),
            "north"
                | "south"
                | "east"
                | "west"
                | "first"
                | "united"
                | "new"
                | "st"
                | "county"
                | "city"
                | "american"
                | "one"
                | "specialty"
                | "medical"
                | "care"
        )
    }

    fn cuts(&self, at: usize) -> bool {
        let view = self.view;
        let word = view.text.folded(at);
        let joint = matches!(word, "of" | "and" | "for" | "the" | "at" | "s");
        // `Lee & Roe Clinical Laboratories`
        let inner = word == "clinical" && at > 0 && view.flows(at) && self.is_part(at - 1);
        let joint = joint || inner;
        let part = joint || self.is_proper_never(at) || view.is(at, sense::HEAD | sense::WEAK_HEAD);
        view.is(at, sense::NEVER | sense::DOCTOR | sense::CIVIL) && !part
    }

    /// A name of its own before the head; of weak heads only where the directory or a legal form says so.
    fn is_name(&self, tokens: &Range<usize>, strong: bool) -> bool {
        let view = self.view;
        let own = tokens.clone().filter(|at| {
            let generic = view.is(*at, sense::HEAD | sense::WEAK_HEAD | sense::LEGAL)
                || view.text.folded(*at) == "specialty"
                || (view.is(*at, sense::NEVER) && !self.is_proper_never(*at));
            view.text.tokens[*at].is_capital() && !generic && view.text.folded(*at).len() > 1
        });
        let own = own.count();
        // `Bellingham Specialty Group`.
        let headed = |at: &usize| view.is(*at, sense::HEAD | sense::WEAK_HEAD) || view.text.folded(*at) == "specialty";
        let heads = tokens.clone().filter(headed).count();
        let legal = tokens.len() > 1 && view.is(tokens.end - 1, sense::LEGAL);
        if !legal && self.is_specialty(tokens) {
            return false;
        }
        let borne = self.words(tokens).len() > 1 && self.is_borne(tokens);
        if borne {
            return own > 0 && heads > 0;
        }
        match (strong, legal) {
            (true, _) => own > 0 && heads + usize::from(legal) > 0,
            (false, true) => own > 0 && (heads > 0 || !view.is(tokens.end - 1, sense::AMBIGUOUS)),
            // `Riverside Cardiology`, with nobody of that name in the directory: rather words of a sentence.
            (false, false) => own > 0 && (heads > 1 || (heads > 0 && self.is_line_of_town(tokens))),
        }
    }

    /// `Advanced Medical of Hyannis` on a line of its own.
    fn is_line_of_town(&self, tokens: &Range<usize>) -> bool {
        let view = self.view;
        let Some(of) = tokens.clone().skip(2).find(|at| view.text.folded(*at) == "of") else {
            return false;
        };
        let alone = |at: usize| view.text.tokens.get(at).map(|token| token.line);
        let line = alone(tokens.start);
        let begins = tokens.start == 0 || alone(tokens.start - 1) != line;
        let town: Vec<&str> = (of + 1..tokens.end).map(|at| view.text.written(at)).collect();
        begins && alone(tokens.end) != line && view.lexicon.gazetteer.is_city(&town.join(" "))
    }

    /// `Internal Medicine`: a specialty and nobody's name.
    fn is_specialty(&self, tokens: &Range<usize>) -> bool {
        let words: Vec<String> = tokens
            .clone()
            .map(|at| self.view.text.folded(at).to_owned())
            .filter(|word| !word.is_empty())
            .skip_while(|word| word == "the")
            .collect();
        let phrase = self.view.lexicon.specialties.longest_prefix(&words);
        phrase.is_some_and(|(_, count)| count >= words.len())
    }

    /// `Lee & Roe, LLP`, `Attorneys at Law` below it; a foundation that is nothing else and that the directory does not have.
    fn is_of_another_trade(&self, tokens: &Range<usize>) -> bool {
        let view = self.view;
        let behind = (tokens.end..view.len().min(tokens.end + 3)).map(|at| view.text.folded(at));
        let named = tokens.clone().any(|at| is_in(view.text.folded(at), circle::TRADE));
        let is_foundation = |at: &usize| view.text.folded(*at) == "foundation";
        let care = |at: &usize| {
            view.is(*at, sense::HEAD | sense::WEAK_HEAD) && !is_foundation(at) && view.text.folded(*at) != "family"
        };
        let gives = tokens.clone().any(|at| is_foundation(&at))
            && !tokens.clone().any(|at| care(&at))
            && !self.is_borne(tokens);
        named || gives || behind.into_iter().any(|word| is_in(word, circle::TRADE))
    }

    /// `GRAND JUNCTION CO`, `Florence, SC`: the last two letters are those of the state that the town is in.
    fn is_place(&self, tokens: &Range<usize>) -> bool {
        let view = self.view;
        let words: Vec<usize> = tokens.clone().filter(|at| !view.text.folded(*at).is_empty()).collect();
        let Some((last, town)) = words.split_last() else {
            return false;
        };
        let code = view.text.written(*last);
        let headed = town.iter().any(|at| view.is(*at, sense::HEAD));
        STATE_CODES.contains(code)
            && !headed
            && (1..=town.len().min(4)).any(|count| {
                let town: Vec<&str> = town[town.len() - count..]
                    .iter()
                    .map(|at| view.text.written(*at))
                    .collect();
                view.lexicon.gazetteer.has_city(&town.join(" "), code)
            })
    }

    fn is_authority(&self, tokens: &Range<usize>) -> bool {
        let view = self.view;
        if self.is_of_another_trade(tokens) || self.is_place(tokens) {
            return true;
        }
        let first = view.text.folded(tokens.start);
        let payer = tokens.clone().any(|at| is_in(view.text.folded(at), circle::PAYER));
        let authority = is_in(first, circle::AUTHORITY) && !self.is_borne(tokens);
        payer || authority
    }
}
