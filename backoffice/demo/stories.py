"""The posts of the sample content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from backoffice.posts.models import PostStatus


@dataclass(frozen=True)
class Story:
    """A post, by whom (user name), and how long ago it was published; drafts were begun then."""

    title: str
    summary: str
    author: str
    tags: tuple[str, ...]
    age: timedelta
    body: str
    status: PostStatus = PostStatus.PUBLISHED


STORIES = (
    Story(
        "Winter ferries: the 6.40 boat is dropped",
        "The first boat leaves at 7.15 instead of 6.40. Late sailings stay. What changes, for whom, "
        "and who decided it.",
        "tomas",
        ("Transport", "Outer island"),
        timedelta(hours=20),
        """
        <p>From 1 December the first ferry to the outer island leaves at <strong>7.15</strong>. The 6.40 boat, which has
        sailed every working day since 1962, is dropped from the winter timetable.</p>
        <p>The ferry board says 19 people used it on an average morning in June. Passengers who spoke to this paper say
        the count was taken in the school holidays, in a week when the bakery had its oven rebuilt.</p>
        <h2>Who is affected</h2>
        <ul><li>Patients with early appointments at the clinic on the quay</li>
        <li>The bakery, which ships bread on the first boat</li>
        <li>Around 40 pupils of the upper school, on Mondays</li></ul>
        <h2>The new times</h2>
        <figure class="table"><table>
        <thead><tr><th>From the quay</th><th>From the island</th><th>Runs</th></tr></thead>
        <tbody><tr><td>7.15</td><td>7.55</td><td>Monday to Friday</td></tr>
        <tr><td>9.30</td><td>10.10</td><td>Daily</td></tr>
        <tr><td>13.00</td><td>13.40</td><td>Daily</td></tr>
        <tr><td>17.20</td><td>18.00</td><td>Daily</td></tr>
        <tr><td>21.45</td><td>22.20</td><td>Friday and Saturday</td></tr></tbody></table></figure>
        <blockquote><p>Nobody asked us. We read it on the pier.</p></blockquote>
        <p>So says Else Marrin, who has taken the 6.40 for 31 years and now leaves the island on the evening before. The
        board answers questions at the town hall on Tuesday at 18.00. The hall seats 120; on the island they are already
        arranging who may go.</p>
        """,
    ),
    Story(
        "Storm damage to the north mole: what we know so far",
        "Eleven blocks moved, one light is out, and the pilots have a new rule for north-westerly winds.",
        "jonas",
        ("Harbour", "Weather and tides"),
        timedelta(days=1, hours=9),
        """
        <p>Eleven blocks of the north mole moved in the night to Tuesday, the largest of them by almost two metres. The
        light at the head of the mole is out. Nobody was hurt, and no boat at the moorings was lost.</p>
        <p>Divers went down at slack water on Wednesday and found the footing sound on the harbour side. On the sea side
        they could not see their own hands. They will try again when the swell is below one metre.</p>
        <h2>What applies until further notice</h2>
        <ol><li>The mole is closed to everybody on foot, anglers included.</li>
        <li>With more than 20 knots from the north-west, ships over 60 metres wait outside for a pilot.</li>
        <li>A buoy with a white flash every five seconds marks the head of the mole at night.</li></ol>
        <p>The harbour office puts the repair at six to nine weeks and has asked two firms for a price. Whether the
        county pays its half depends on a form from 1987 which, the office says, is being looked for.</p>
        <p>We bring this article up to date as we learn more.</p>
        """,
    ),
    Story(
        "The old crane stays: council votes 9 to 4",
        "It has not lifted a crate since 1974. It will be painted in spring, and lit until ten in the evening.",
        "tomas",
        ("Town hall", "Harbour"),
        timedelta(days=3, hours=5),
        """
        <p>The crane on the east quay will not be taken down. After three hours the council voted 9 to 4 to keep it, to
        paint it in spring and to light it until ten in the evening.</p>
        <p>The four who voted against would have used the money for the roof of the swimming hall. <em>“You cannot swim
        in a crane,”</em> said councillor Brandt, and was asked to let others finish.</p>
        <h2>What it costs</h2>
        <p>Painting costs 84,000, the lamps 11,500. The friends of the crane have promised 30,000 of it and have
        collected 22,140 so far, most of it in a jar at the fish market.</p>
        <blockquote><p>My grandfather greased it every Saturday. I do not want it to move. I want it to be there.</p>
        </blockquote>
        <p>The colour is still open. The heritage office recommends the grey of 1931, the pupils of the lower school,
        asked for the purpose of democracy, recommend red.</p>
        """,
    ),
    Story(
        "Tides: high water 6.52 and 19.14, and a spring tide on Tuesday",
        "Keep cars off the lower quay from Monday evening. The week at a glance.",
        "jonas",
        ("Weather and tides",),
        timedelta(days=4, hours=2),
        """
        <p>The moon is new on Monday, and the highest water of the month follows it on Tuesday evening. With the wind
        forecast from the west it can stand 30 centimetres above the table.</p>
        <p>The lower quay floods first, then the steps at the chandler's, then the cellar of the Anchor, whose landlord
        has stopped being surprised. Cars left on the lower quay after Monday, 20.00, are moved at the owner's
        expense.</p>
        <p>Low water on Wednesday morning is the lowest until March: a good day for the walk along the tide wall, and
        for finding what the harbour took during the summer.</p>
        """,
    ),
    Story(
        "Why the fish market opens at four",
        "An hour that nobody chose, kept by people who would not have it otherwise.",
        "mira",
        ("Harbour", "People"),
        timedelta(days=5, hours=6),
        """
        <p>At ten to four the lamps go on, one row after the other, because the old switch can take no more than one. At
        four the bell rings. By half past five most of the fish has an owner and by seven the floor is wet and
        empty.</p>
        <p>Why four? We asked nine people and got nine answers: the night train that took the boxes inland until 1958;
        the tide; the ice, which lasted until then and no longer; the baker, who wanted customers; and twice, simply,
        because it has always been so.</p>
        <h2>The train</h2>
        <p>The railway's timetable of 1911 gives the likeliest reason. Train 11 left at 4.50 with two vans for fish, and
        loading took forty minutes. The train is gone, the vans are gone, and the bell still rings for them.</p>
        <h2>The people</h2>
        <p>A vote in 1983 would have moved the market to six. It was lost by 61 to 3. One of the three, Ole Verhage, is
        still there every morning. He says he voted for six because somebody had to, and that he was glad to lose.</p>
        <p>If you want to see it, come by the side door, stand by the wall, and do not scratch your head during the
        auction.</p>
        """,
    ),
    Story(
        "Letters: who gets to park by the quay?",
        "Eighteen letters in one week. We print four of them, and the harbour master's answer.",
        "mira",
        ("Letters", "Town hall"),
        timedelta(days=6, hours=3),
        """
        <p>No subject has filled our letter box like the eleven parking places by the quay. Four of eighteen letters,
        shortened.</p>
        <blockquote><p>I have fished from this quay for fifty years and now I am to carry my gear from the church. I am
        74. Measure the way yourselves.</p><p>H. Osterby, Rope Walk</p></blockquote>
        <blockquote><p>Visitors stay for one hour and leave their money here. Residents stay for one week and leave
        their cars.</p><p>The owner of the café at number 9</p></blockquote>
        <blockquote><p>Paint lines. Half of the trouble is that eleven cars stand where fourteen would fit.</p><p>Form
        8b, upper school</p></blockquote>
        <blockquote><p>Have you thought of having no cars there at all? There would be a view.</p><p>Ines Calloway, who
        has no car</p></blockquote>
        <p>The harbour master answers that lines were painted in 2009 and lasted until the first spring tide. He
        promises a proposal for the meeting in January, and asks that no more notes are left on windscreens in his
        name.</p>
        """,
    ),
    Story(
        "A walk along the tide wall, at low water",
        "Three kilometres, two hours, and a pair of boots you do not love.",
        "tomas",
        ("Weather and tides", "People"),
        timedelta(days=9, hours=4),
        """
        <p>Start an hour before low water at the slipway by the boat sheds, and walk with the wall on your right. For
        the first kilometre the ground is firm; after the second set of steps it is not.</p>
        <h2>What to look for</h2>
        <ul><li><strong>The date stones.</strong> Every stretch of wall carries the year it was built. The oldest you
        can reach is 1784, below the ropeworks.</li>
        <li><strong>The iron rings.</strong> Ships were hauled in by hand here. Some of the grooves are a thumb
        deep.</li>
        <li><strong>The cork line.</strong> It shows how high the last spring tide stood. It is higher than you
        think.</li></ul>
        <p>Turn back at the sluice, whatever your watch says, when the water reaches the second ring. The way back is
        shorter along the top, and there is soup at the Anchor.</p>
        <p>The times of low water are in the <a href="/blog/tag/weather-and-tides">tide tables</a>. Dogs like this walk
        more than it likes them.</p>
        """,
    ),
    Story(
        "The harbour camera turns eighteen",
        "It has shown the same square of water since 2008, and about forty people watch it at any time. We asked why.",
        "jonas",
        ("Harbour", "People"),
        timedelta(days=12, hours=7),
        """
        <p>On a pole on the roof of the harbour office stands a camera that looks at the same square of water day and
        night. It was put up for the pilots. The pilots have long had better ones, but whenever it fails, the office
        gets more calls than about the ferries.</p>
        <p>We left a note beside the picture and asked who was watching. There were 212 answers from 19 countries.</p>
        <blockquote><p>I was born in the house behind the third lamp. I am 88 and live in Ontario. I say good night to
        it.</p></blockquote>
        <p>Films of nothing much are older than that, of course. The first one ever put on the best known site for them
        is eighteen seconds long and shows some elephants.</p>
        <figure class="media"><oembed url="https://www.youtube.com/watch?v=jNQXAC9IVRw"></oembed></figure>
        <p>Ours has no elephants. In eighteen years it has shown one whale, two weddings, the same heron every morning,
        and, in March 2016, the harbour master falling in.</p>
        """,
    ),
    Story(
        "Swimming hall: the roof can wait until summer, says the surveyor",
        "Two buckets stay where they are. Lessons go on; the sauna is closed on Thursdays.",
        "tomas",
        ("Town hall",),
        timedelta(days=15, hours=1),
        """
        <p>The roof of the swimming hall leaks in two places and will not fall down. So reads, in short, the report of
        the surveyor, which is 46 pages long and was presented on Monday.</p>
        <p>He advises to clear the gutters now, to close the sauna on one day a week so that the beams above it can dry,
        and to renew the north side in summer, when the hall is closed anyway. That would cost 140,000.</p>
        <p>Lessons for beginners go on as before. The teachers have moved the two buckets to where they are not in the
        way of the turning.</p>
        """,
    ),
    Story(
        "Three new names for the lifeboat crew",
        "A teacher, a welder and a student of eighteen passed the test in the swell off the skerries.",
        "mira",
        ("People", "Harbour"),
        timedelta(days=20, hours=8),
        """
        <p>After fourteen months of training Ida Lorne, Per Askil and Noor Haddad belong to the crew of the lifeboat.
        They passed on Saturday, in a swell that the coxswain calls “honest”.</p>
        <p>The crew has 22 members again, for the first time since 2019. All of them are volunteers; the pager goes off
        about sixty times a year, and most often between two and five in the morning.</p>
        <h2>Asked by this paper</h2>
        <p><strong>What was hardest?</strong> Lorne: “The knots, with gloves.” Askil: “To sit still on the way out.”
        Haddad: “To tell my mother.”</p>
        <p><strong>What does one need?</strong> “Somebody at home who does not wait up,” says the coxswain.</p>
        <p>The next evening for those who think of joining is the first Thursday of the month, 19.00, in the boathouse.
        There is no need to bring anything.</p>
        """,
    ),
    Story(
        "How we moderate comments",
        "A person reads every one. What we let through, what we do not, and how to complain.",
        "jonas",
        ("Letters",),
        timedelta(days=29, hours=3),
        """
        <p>Every comment on these pages is read by a person before it appears. On weekdays that takes a few hours, at
        night it takes until morning.</p>
        <h2>We print</h2>
        <ul><li>whatever is about the subject, however much you disagree with us or with each other</li>
        <li>corrections, at once and with thanks</li>
        <li>jokes, if they are kind or very good</li></ul>
        <h2>We do not print</h2>
        <ul><li>insults, threats, and what makes somebody small</li>
        <li>advertisements and links that have nothing to do with anything</li>
        <li>what we would have to defend in court and could not</li></ul>
        <p>If your comment did not appear and you do not know why, write to us. Somebody other than the first reader
        looks at it again. That has changed the decision eleven times this year.</p>
        """,
    ),
    Story(
        "Town hall: what the council decides on Thursday",
        "Parking by the quay, a bench for the bus stop, and the colour of the crane.",
        "jonas",
        ("Town hall",),
        timedelta(days=-2, hours=-6),
        """
        <p>Fourteen items stand on the list for Thursday, and three of them will take the evening: the parking places by
        the quay, the bench at the bus stop that somebody keeps moving, and the colour of the crane.</p>
        <p>The public may attend. Who wants to speak puts a name on the list by 17.30.</p>
        <p>We report from the hall from 18.00.</p>
        """,
        PostStatus.SCHEDULED,
    ),
    Story(
        "The bakery without the 6.40 boat",
        "",
        "tomas",
        ("Outer island", "People"),
        timedelta(hours=5),
        """
        <p>Notes from the visit: oven on at 1.30, bread out at 5.20, boat at 6.40. With the new timetable the rolls
        reach the island school after the first lesson.</p>
        <p>To ask: how many loaves? Could the pilot boat take them? Who pays?</p>
        """,
        PostStatus.DRAFT,
    ),
)
