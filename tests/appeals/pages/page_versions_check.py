"""More pages and what becomes of them, written after the rules and never used to change them."""

from dataclasses import replace

from tests.appeals.pages.page_versions import Page, Version

PAGES = (
    Page(
        "Фонд «Теплий дім»",
        "teplyi-dim.example.org.ua",
        "Допомогти | Теплий дім",
        head='<meta property="og:site_name" content="Теплий дім"><script src="/static/main.7c.js"></script>',
        top="<header><img src=/l.svg alt='Теплий дім'> <a href='/pro-nas'>Про нас</a></header>",
        text="<h1>Зима близько</h1>"
        + "<p>Ми возимо дрова, пічки та ковдри в села біля лінії фронту.</p>" * 15,
        ways=(
            "<a href='https://send.monobank.ua/jar/8aBcDeFgHi'>Банка</a>"
            "<p>Картка ПриватБанку: 5168 7574 1234 5678</p><p>IBAN UA213223130000026007233566001</p>"
        ),
        foot="ГО «Теплий дім», ЄДРПОУ 12345678",
    ),
    Page(
        "Nachbarn in Not gGmbH",
        "spenden.nachbarn-in-not.example.de",
        "Jetzt online spenden – Nachbarn in Not",
        head="<script>window.cfg={lang:'de',v:'2.11.3'}</script>",
        top="<nav><a href='/'>Start</a><a href='/transparenz'>Transparenz</a></nav>",
        text="<h1>Hochwasser: Ihre Hilfe zählt</h1>" + "<p>Unsere Teams pumpen Keller leer.</p>" * 25,
        ways="<iframe src='https://spenden.twingle.de/nachbarn/tw5f/page' title='Formular'></iframe>",
        foot="Nachbarn in Not gGmbH · Impressum · Spendenkonto IBAN DE02 1203 0000 0000 2020 51",
    ),
    Page(
        "Stowarzyszenie Dobry Sąsiad",
        "dobrysasiad.example.org.pl",
        "Wpłać na obiady dla seniorów",
        top="<h1>Stowarzyszenie Dobry Sąsiad</h1>",
        text="<p>Codziennie gotujemy 140 obiadów i zawozimy je osobom starszym.</p>" * 20,
        ways=(
            "<form action='https://secure.przelewy24.pl/trnDirect' method=post><input name=p24_amount>"
            "<button>Wpłacam</button></form><a href='https://patronite.pl/dobrysasiad'>Patronite</a>"
        ),
        foot="KRS 0000123456",
    ),
    Page(
        "Les Mains Tendues",
        "www.mains-tendues.example.fr",
        "Faire un don | Les Mains Tendues",
        text="<h1>Un repas chaud pour chacun</h1>" + "<p>Nos maraudes partent chaque soir.</p>" * 30,
        ways="<a class=btn href='https://www.helloasso.com/associations/les-mains-tendues/formulaires/1'>Don</a>",
        foot="Association Les Mains Tendues, loi 1901",
    ),
    Page(
        "Harbour Lifeline Trust",
        "harbourlifeline.example.org.uk",
        "Give today - Harbour Lifeline Trust",
        head=(
            '<script type="application/ld+json">{"@type":"NGO","name":"Harbour Lifeline Trust"}</script>'
            '<script src="https://js.stripe.com/v3/"></script>'
        ),
        text="<h1>Be their lifeline</h1>" + "<p>Volunteers launch day and night in all weathers.</p>" * 20,
        ways="<form action='/give' method=post><input name=amount><div id=card-element></div></form>",
        foot="Registered charity 1234567",
    ),
    Page(
        "Semillas de Paz",
        "semillasdepaz.github.io",
        "Semillas de Paz",
        text="<h1>Escuelas que vuelven a abrir</h1>" + "<p>Reparamos techos y pupitres.</p>" * 30,
        ways=(
            "<a href='https://www.paypal.me/semillasdepaz'>PayPal</a>"
            "<p>BTC bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4</p>"
        ),
        foot="Semillas de Paz, asociación civil",
    ),
)

OWN: dict[str, Version] = {
    "a consent dialog before all": lambda page: replace(
        page,
        top="<dialog open><h2>Your privacy</h2><p>We and our 212 partners store cookies.</p>"
        "<button>Reject</button><button>Accept</button></dialog>" + page.top,
        head=page.head + '<script src="https://cdn.cookielaw.org/otSDKStub.js"></script>',
    ),
    "a new design": lambda page: replace(
        page,
        head='<link rel=stylesheet href="https://cdn.jsdelivr.net/x.css"><script src=/v2/app.js></script>',
        top="<div class=hero></div>",
        text="<section><h2>2027</h2>" + "<p>New year, same work.</p>" * 30 + "</section>",
    ),
    "an urgent campaign": lambda page: replace(
        page, title="🔴 URGENT: 3 days left", text="<h1>Match your gift</h1>" + "<p>Now.</p>" * 60
    ),
    "a chat widget and a video": lambda page: replace(
        page,
        foot=page.foot + '<script src="https://widget.intercom.io/widget/ab"></script>'
        '<iframe src="https://www.youtube-nocookie.com/embed/ab"></iframe>',
    ),
    "a shorter footer": lambda page: replace(page, foot="Contact · Privacy"),
    "a regional host": lambda page: replace(
        page, hosts=(page.host, f"eu.{page.host}"), host=f"eu.{page.host}"
    ),
    "thanks, it is funded": lambda page: replace(page, ways="<p>100 %</p>"),
    "a search and a login": lambda page: replace(
        page,
        top=page.top + "<form action=/search><input name=q></form><form action=/login><input name=user>"
        "<input type=password name=pw></form>",
    ),
    "an article about scams": lambda page: replace(
        page, text=page.text + "<p>Beware of sites that say: this domain is for everyone.</p>"
    ),
    "a certificate of a network": lambda page: replace(page, certified="Cloudflare, Inc."),
    "one more way": lambda page: replace(
        page, ways=page.ways + '<a href="https://www.betterplace.org/de/projects/1">betterplace</a>'
    ),
    "a shop": lambda page: replace(
        page,
        top=page.top
        + '<a href="https://shop.example.com/">Shop</a><form action=/cart><input name=qty></form>',
    ),
}

OTHERS: dict[str, Version] = {
    "parked with links": lambda page: replace(
        page,
        title=page.host,
        head='<script src="https://www.bodis.com/sale.js"></script>',
        top="",
        text="<h2>Related searches</h2><ul><li>Loans</li><li>Insurance</li></ul>",
        ways="",
        foot="Privacy Policy",
    ),
    "for sale at a broker": lambda page: replace(
        page,
        title="HugeDomains.com",
        head="",
        top="",
        text=f"<h1>{page.host} is for sale</h1><p>Buy now: $2,995</p>" * 3,
        ways="",
        foot="",
        host="www.hugedomains.com",
        hosts=(page.host, "www.hugedomains.com"),
    ),
    "a blog about something else": lambda page: replace(
        page,
        title="10 Best VPNs for Streaming",
        head="",
        top="<h1>10 Best VPNs</h1>",
        text="<p>We tested them all.</p>" * 60,
        ways="",
        foot="As an affiliate we earn commissions.",
    ),
    "the old design with a strange processor": lambda page: replace(
        page, ways='<form action="https://checkout.fast-donor.example.com/p"><input name=amount></form>'
    ),
    "the old design with strange accounts": lambda page: replace(
        page,
        ways="<p>Card: 4441 1144 2222 3335 / IBAN LT12 1000 0111 0100 1000 / "
        "<a href='https://paypal.me/quickaid77'>PayPal</a></p>",
        foot="",
    ),
    "the old design with a wallet": lambda page: replace(
        page, ways="<p>USDT only: TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE</p>", head="", foot="Help us"
    ),
    "a card form of their own": lambda page: replace(
        page,
        head="",
        foot="",
        ways="<form action='/charge'><input autocomplete=cc-number name=x><input name=cvc></form>",
    ),
    "a forward to a mirror": lambda page: replace(
        page, head='<meta http-equiv=refresh content="1;URL=https://donate-mirror.example.net/x">'
    ),
    "an empty server": lambda page: replace(
        page, title="Welcome to nginx!", head="", top="", text="<h1>Welcome to nginx!</h1>", ways="", foot=""
    ),
}
