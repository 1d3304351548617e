"""Texts to learn from, of our own making."""

from __future__ import annotations

from backoffice.spam.training import Example

_OFFERS = ("channel", "music video", "new song", "page", "store", "giveaway", "free gift cards", "phone cases")
_CALLS = ("check out my {}", "please subscribe to my {}", "visit my {} http://example.com/{}", "click for my {} now!!!")
_SONGS = ("chorus", "beat", "ending", "guitar", "dance", "singer", "summer", "melody")
_PRAISE = ("i love the {} so much", "that {} makes me smile", "the {} at 2:19 is best", "who still hears this {} today")


def examples() -> list[Example]:
    """32 spam texts and 32 others, in turns."""
    spam = [call.format(offer, offer.split()[0]) for offer in _OFFERS for call in _CALLS]
    rest = [praise.format(song) for song in _SONGS for praise in _PRAISE]
    return [each for one, other in zip(spam, rest, strict=True) for each in (Example(one, True), Example(other, False))]


SPAM_TEXT = "please check out my new channel http://example.net/me"
OTHER_TEXT = "i love how the melody makes me dance"
