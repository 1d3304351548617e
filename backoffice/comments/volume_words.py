"""Words, names and texts for volume data: made up, the same for the same seed, and as uneven as real ones."""

from __future__ import annotations

from itertools import product
from random import Random

from backoffice.foundation.text import slug_of

#: Frequent words first: in running text the word of rank n is about n times rarer than the first.
_FREQUENT = """
the and to of a in is it that was for on with as at this but have not you they we be are from or by one had what all
were when there can an your which their said if do will each about how up out them then she many some so these would
other into has more her two like him see time could no make than first been its who now people my made over did down
only way find use may water long little very after words called just where most know ferry harbour tide boat morning
evening town street market council bridge summer winter rain wind storm fish bread coffee school library museum choir
lighthouse pier quay gull net rope sail captain crew ticket timetable queue parking bicycle bus train road island coast
beach sand wave fog ice snow sun light night week month year today tomorrow yesterday news paper story letter picture
photograph article author editor comment question answer reason idea opinion fact number price money tax budget vote
meeting plan project work job shop baker butcher doctor nurse teacher pupil child mother father sister brother friend
neighbour guest visitor tourist hotel kitchen table chair window door house garden tree flower apple potato onion soup
cheese wine beer song music film play game match team goal record history map river lake hill field farm horse cow dog
cat bird old new good bad big small early late quiet loud cheap expensive warm cold dry wet clean dirty open closed
right wrong true false happy sad tired ready sorry grateful curious certain possible difficult simple strange lovely
think believe hope wish remember forget agree disagree thank ask tell write read listen watch wait stay leave arrive
return build repair paint sell buy pay save lose win help try start stop change move carry bring send keep hold close
"""
_SYLLABLES = "ba be bo da de do fa fe ga go ka ke ko la le li lo ma me mi mo na ne no pa pe ra re ri ro sa se ta te va"
_VOCABULARY = 8_000
#: A word is drawn by taking one of so many places; the rarest word has one of them.
_PLACES = 1 << 16

_GIVEN = """
Ada Amir Ana Anton Beatriz Bruno Carla Chen Clara Daniel Dilan Edda Elif Emil Eva Farid Fatima Felix Finn Greta Hana
Hugo Ines Irina Ismael Ivo Jana Jonas Julia Kaito Karim Lars Leila Lena Liam Lina Lucia Luis Mara Marek Maria Mateo
Mei Mila Mira Nadia Nils Nora Noah Olga Omar Oskar Paula Pedro Petra Rafael Rania Rosa Sami Sara Sofia Tariq Teresa
Theo Tomas Uma Vera Viktor Yara Yusuf Zoe Áine Éloïse Łukasz Øyvind Žofia ليلى يوسف Ольга Νίκος
"""
_FAMILY = """
Abbas Almeida Andersen Arslan Baptiste Bauer Becker Bergström Carvalho Castillo Costa Dahl Delacroix Demir Dietrich
Duarte Eriksen Farouk Ferreira Fischer Fontaine Garcia Gruber Haddad Hansen Hartmann Herrera Hoffmann Iversen Jansen
Kaya Keller Khalil Kowalski Krüger Larsen Lefèvre Lehmann Lindqvist Lopes Mansour Martins Moreau Müller Nasser Navarro
Nielsen Novak Oliveira Olsen Pereira Petrov Quintana Ramos Richter Rocha Romero Saleh Santos Schneider Silva Sørensen
Strand Suzuki Tanaka Tavares Torres Vargas Vidal Vogel Wagner Weber Winter Yilmaz Zimmermann
"""
_DOMAINS = ("org", "net", "com")
_NETWORKS = ("192.0.2.", "198.51.100.", "203.0.113.")

#: Name, e-mail address or None, network address.
Commenter = tuple[str, str | None, str | None]

#: Characters in a text of a comment. The last word may add to what is asked for.
SHORTEST, LONGEST = 40, 400
_LONGEST_WORD = 14


def _vocabulary() -> list[str]:
    words = dict.fromkeys(_FREQUENT.split())
    for syllables in product(_SYLLABLES.split(), repeat=3):
        if len(words) >= _VOCABULARY:
            break
        # Turned round, so that neighbours do not all begin alike.
        words.setdefault("".join(reversed(syllables)))
    return list(words)


def _places(words: list[str]) -> list[str]:
    """Each word as often as Zipf's law has it, at least once; now and then with a mark behind it."""
    weights = [1 / (rank + 2.7) for rank in range(len(words))]
    scale = (_PLACES - len(words)) / sum(weights)
    places: list[str] = []
    for word, weight in zip(words, weights, strict=True):
        times = 1 + int(weight * scale)
        marked = times // 12
        places += [word] * (times - 2 * marked) + [f"{word},"] * marked + [f"{word}."] * marked
    return places


class Writer:
    """Writes texts with words from the vocabulary, drawn by `rng`."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self._words = _places(_vocabulary())

    def text(self, shortest: int = SHORTEST, longest: int = LONGEST) -> str:
        """A text with a number of characters between the two, most often nearer the shortest."""
        length = shortest + int((longest - shortest - _LONGEST_WORD) * self.rng.random() ** 2)
        words = " ".join(self.rng.choices(self._words, k=length // 3))
        end = words.find(" ", length)
        words = words[:end].rstrip(",.") if end > 0 else words
        return f"{words[0].upper()}{words[1:]}."

    def title(self) -> str:
        """A few words to stand above a text."""
        words = [word.rstrip(",.") for word in self.rng.choices(self._words, k=self.rng.randint(3, 8))]
        return " ".join(words).capitalize()

    def paragraphs(self) -> list[str]:
        """The text of a post."""
        return [self.text(120, 600) for _ in range(self.rng.randint(2, 5))]

    def commenters(self, count: int) -> list[Commenter]:
        """Different people; one in six leaves no address for mail."""
        given_names, family_names = _GIVEN.split(), _FAMILY.split()
        people: list[Commenter] = []
        for number in range(count):
            given, family = self.rng.choice(given_names), self.rng.choice(family_names)
            mailbox = f"{slug_of(f'{given} {family}')}.{number}@example.{self.rng.choice(_DOMAINS)}"
            email = None if self.rng.random() < 1 / 6 else mailbox
            if self.rng.random() < 0.2:
                address = f"2001:db8::{self.rng.randrange(1, 1 << 16):x}"
            else:
                address = f"{self.rng.choice(_NETWORKS)}{self.rng.randrange(1, 255)}"
            people.append((f"{given} {family}", email, address))
        return people
