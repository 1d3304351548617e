"""The last parts of names by which a bare word is taken for a domain: those of countries, and the usual others."""

from __future__ import annotations

from backoffice.rules.domains import domain_of

_COUNTRIES = """
ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca cc cd cf
cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg
gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp
kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne
nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk
sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn
vu wf ws ye yt za zm zw
"""
_OTHERS = """
aero agency app art asia auction band bar beauty best bet bid bio biz black blog bond boutique build business buzz
cafe capital cards care casa casino cat center chat cheap church city claims click clinic clothing cloud club codes
coffee com community company computer consulting contact cool coop country coupons credit cricket cyou date dating deals
delivery design dev diet digital direct directory discount domains download earth edu education email energy estate
events exchange expert express fail faith family fans farm finance financial fit flights florist fun fund fyi gallery
game games garden gdn gift gifts gives global gmbh gold golf gov graphics gratis group guide guru hair health help homes
host hosting house icu immo industries info ink institute insure int investments jetzt jobs kim land lat law legal life
limited link live loan loans lol love ltd makeup market marketing mba media men mil mobi moda mom money monster
mortgage museum name net network news ninja online org page partners parts party pet pharmacy photo photos pics
pictures pink pizza plus poker porn press pro productions promo properties pub quest racing red rent rentals repair
report rest restaurant review reviews rip rocks run sale save sbs school science services sex sexy shoes shop shopping
site skin soccer social software solar solutions space sport store stream studio style support surf systems tax team
tech technology tel tennis tips tires today tools top tours town toys trade trading training travel tube university uno
vacations vegas ventures vet video villas vin vip vision vote voyage wang watch webcam website wedding wiki win wine
work works world wtf xin xxx xyz yoga zone
"""
_OF_OTHER_SCRIPTS = """
рф бел укр қаз мкд срб бг ею мон рус онлайн сайт орг ком дети москва 中国 中國 公司 网络 网址 在线 商城 网店
香港 台湾 台灣
السعودية امارات مصر قطر المغرب تونس الجزائر عمان الاردن فلسطين سورية ایران भारत ไทย 한국 닷컴 みんな コム ελ ישראל
"""


def _all() -> frozenset[str]:
    foreign = (domain_of(f"a.{each}") for each in _OF_OTHER_SCRIPTS.split())
    return frozenset([*_COUNTRIES.split(), *_OTHERS.split(), *(name.split(".")[-1] for name in foreign if name)])


ENDINGS = _all()
