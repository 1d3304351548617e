"""The comments of the sample content, under the title of the post each stands under."""

from __future__ import annotations

from dataclasses import dataclass

from backoffice.comments.models import CommentStatus

APPROVED, PENDING = CommentStatus.APPROVED, CommentStatus.PENDING
REJECTED, SPAM = CommentStatus.REJECTED, CommentStatus.SPAM


@dataclass(frozen=True)
class Remark:
    """What somebody said, how many hours ago, and what was answered. `by` is the user name of one of the staff."""

    name: str
    hours: float
    text: str
    status: CommentStatus = APPROVED
    replies: tuple[Remark, ...] = ()
    by: str = ""
    reason: str = ""


REMARKS: dict[str, tuple[Remark, ...]] = {
    "Winter ferries: the 6.40 boat is dropped": (
        Remark(
            "quayside_nan",
            16.5,
            "Thank you for printing the winter table. I have it on the fridge next to the tide table.",
            replies=(
                Remark("Tomas Reyl", 15.8, "There is one with larger type at our office, free to take.", by="tomas"),
                Remark(
                    "Walter P.", 9.2, "And at the ticket window, if it is open, which is the whole question.", PENDING
                ),
            ),
        ),
        Remark(
            "tidewatcher",
            14.1,
            "The 9.30 to the outer island was full by quarter past yesterday. Not one bicycle got on.\n\n"
            "Please count *the bicycles*, not only the people.",
            replies=(
                Remark(
                    "Else Marrin",
                    12.7,
                    "They counted in June. In June I am on the mainland anyway, with my sister.",
                    replies=(
                        Remark(
                            "tidewatcher",
                            12.1,
                            "That is what I mean. Somebody should count in November, at 6.40, in the rain.",
                            replies=(
                                Remark(
                                    "Gull Street 12",
                                    11.0,
                                    "I would. Where does one get the little clicker?",
                                    replies=(
                                        Remark(
                                            "Else Marrin", 10.4, "From the man who counts the swimmers at the hall."
                                        ),
                                        Remark("tidewatcher", 3.1, "I have two. Come by.", PENDING),
                                    ),
                                ),
                            ),
                        ),
                    ),
                ),
            ),
        ),
        Remark(
            "محمود الريّس",
            8.3,
            "أعمل في العيادة على الرصيف، ونصف مرضانا يأتون بعبّارة السادسة وأربعين دقيقة. "
            "هل سأل أحد الأطباء قبل القرار؟",
        ),
        Remark(
            "Inês Calheiros",
            5.4,
            "Vivo na ilha há três anos e este era o único barco que chegava antes das aulas. "
            "Alguém sabe se haverá autocarro às segundas?",
            PENDING,
        ),
        Remark(
            "Harriet",
            1.2,
            "Does the ticket for the 6.40 that I bought for December still count, or do I get my money back? "
            "The form on the board's page asks for a number that is not on the ticket.",
            PENDING,
        ),
        Remark(
            "CheapCruise4U",
            4.6,
            "WINTER CRUISES from 99!!! Best price guaranteed https://cruises.example/winter "
            "https://cruises.example/deal?id=77 https://cruises.example/last-chance",
            SPAM,
        ),
        Remark(
            "anon",
            7.7,
            "The board are crooks, every one of them, and I know where the chairman parks.",
            REJECTED,
            reason="Threatens a person",
        ),
    ),
    "Storm damage to the north mole: what we know so far": (
        Remark(
            "Piet the pilot",
            30.2,
            "A small correction: it was eleven blocks and one half. The half is on my lawn.",
            replies=(
                Remark("Jonas Hallvik", 29.0, "Corrected in our hearts. May we send a photographer?", by="jonas"),
                Remark("Piet the pilot", 28.4, "If she brings four strong friends."),
            ),
        ),
        Remark("Marguerite", 26.0, "Was the 1987 form not in the cellar of the Anchor when it flooded?"),
        Remark(
            "صيّاد من الميناء",
            6.8,
            "هل يشمل المنع الصيد من الجانب الداخلي للحاجز أيضًا؟ الخبر لا يوضّح ذلك.",
            PENDING,
        ),
        Remark(
            "n.quist",
            2.4,
            "The harbour office has a page with the depth at the mole, measured each hour: "
            "https://harbour.example.org/soundings",
            PENDING,
        ),
        Remark(
            "Dr Roofing",
            3.9,
            "Storm damage? We repair EVERYTHING, call now [click here](http://roof.example.net).",
            PENDING,
        ),
        Remark("BlockBuster", 20.5, "Buy concrete online, 24h delivery www.concrete.example", SPAM),
    ),
    "The old crane stays: council votes 9 to 4": (
        Remark(
            "Form 3a",
            70.0,
            "RED",
            replies=(Remark("Jonas Hallvik", 68.5, "The paper takes note of the argument.", by="jonas"),),
        ),
        Remark(
            "V. Brandt",
            66.3,
            "For the record, I said one cannot *learn to* swim in a crane. I stand by it:\n\n"
            "- the roof leaks today\n- the crane has waited since 1974\n- paint does not hold up a roof",
            replies=(
                Remark(
                    "Marguerite",
                    60.9,
                    "> the crane has waited since 1974\n\nSo it is used to it. But it is nobody's turn for ever.",
                ),
                Remark("kai", 55.1, "Both, then. We found the money for eleven parking places."),
            ),
        ),
        Remark("João Teixeira", 48.7, "O meu avô também lá trabalhou. Obrigado a quem votou por ficar."),
        Remark(
            "troll_under_pier",
            47.0,
            "Nobody cares about your rusty junk, you village idiots",
            REJECTED,
            reason="Insults other readers",
        ),
        Remark(
            "crypto-anna", 40.2, "I made 12,000 in one week from my kitchen https://coins.example/anna ask me how", SPAM
        ),
        Remark(
            "Ruth from the office", 10.9, "When will the jar at the fish market be emptied next? It is full.", PENDING
        ),
    ),
    "Tides: high water 6.52 and 19.14, and a spring tide on Tuesday": (
        Remark("landlord of the Anchor", 90.0, "I have *not* stopped being surprised. I have stopped saying so."),
        Remark("kai", 84.4, "Is that 30 cm above the table in the paper or the table in the pub?"),
        Remark("Oskar L.", 4.1, "The table says 19.14 and the harbour screen says 19.41. Which one is it?", PENDING),
    ),
    "Why the fish market opens at four": (
        Remark(
            "Ole Verhage",
            120.0,
            "It was 61 to 4. Old Mats voted with us and then told everybody that he had not.",
            replies=(Remark("Mira Tolvane", 118.2, "The minutes say three. But I believe you.", by="mira"),),
        ),
        Remark("سلمى", 101.5, "قرأت المقال لأمي التي كانت تعمل في السوق قبل أربعين عامًا. قالت إن السبب هو الخبّاز."),
        Remark(
            "seo_partner",
            99.9,
            "Great blog! I also write about fish. Visit https://backlinks.example for more traffic",
            SPAM,
        ),
    ),
    "Letters: who gets to park by the quay?": (
        Remark(
            "H. Osterby",
            140.0,
            "You left out the best part of my letter.",
            replies=(
                Remark("Mira Tolvane", 138.8, "We left out the names, Mr Osterby. All seven of them.", by="mira"),
                Remark("kai", 137.2, "Now I want to read it even more."),
            ),
        ),
        Remark("Form 8b", 133.0, "We measured again. It is fifteen if nobody comes with the van."),
        Remark(
            "angry_from_number_9",
            129.6,
            "Whoever put the note on my windscreen: I have your handwriting and I am coming round.",
            REJECTED,
            reason="Threatens a person",
        ),
        Remark(
            "Lúcia", 5.9, "E os lugares para quem tem cartão de deficiente? A carta da minha mãe falava nisso.", PENDING
        ),
    ),
    "A walk along the tide wall, at low water": (
        Remark("boots, unloved", 200.0, "Did it on Sunday. The second set of steps is where it happened."),
        Remark(
            "Nadia",
            180.3,
            "Is it possible with a pram as far as the date stones?",
            replies=(Remark("Tomas Reyl", 178.0, "As far as 1802, yes. To 1784 only without the pram.", by="tomas"),),
        ),
        Remark(
            "WatchOutlet", 150.7, "Luxury watches 90% off, never look at the tide again: https://watches.example", SPAM
        ),
    ),
    "The harbour camera turns eighteen": (
        Remark(
            "third lamp",
            288.0,
            "That was me, from Ontario. It is snowing here. Good night, harbour.",
            replies=(
                Remark("Jonas Hallvik", 286.1, "Good night. The heron says the same.", by="jonas"),
                Remark("quayside_nan", 260.5, "I shall wave on Sunday at noon, in the green coat."),
            ),
        ),
        Remark("the harbour master", 250.0, "It was a *step back*, not a fall."),
    ),
    "Three new names for the lifeboat crew": (
        Remark("Mrs Haddad", 480.0, "She told me after the test. I have forgiven her. The cake is on Thursday."),
        Remark("Coxswain, retired", 470.4, "“Honest” was three metres. Well done, all three."),
    ),
    "How we moderate comments": (
        Remark(
            "Marguerite",
            690.0,
            "What if a joke is very good but not kind?",
            replies=(Remark("Jonas Hallvik", 689.2, "Then it is printed on the wall of our kitchen.", by="jonas"),),
        ),
        Remark("free_speech_77", 600.0, "Test test test let us see if you print THIS", REJECTED, reason="Says nothing"),
    ),
}
