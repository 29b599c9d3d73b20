# ruff: noqa: E501  # HTML as sites write it
"""Pages as newsrooms make them (magazines, live reports, portals …) around an invented story."""

from collections.abc import Sequence

from tests.articles.invented import InventedStory
from tests.articles.page_parts import halves, menu, page, ps, teasers

# Teasers of other stories: {t} headline, {x} prose, {n} number.
ITEM_5 = '<article class="card"><a href="/m/{n}"><h3>{t}</h3><p>{x}</p></a></article>'
ITEM_6 = '<div class="summary-item"><a href="/p/{n}"><h3>{t}</h3></a><div class="dek">{x}</div></div>'
ITEM_7 = '<li><a href="/r/{n}">{t}</a></li>'
ITEM_8 = '<li><a href="/i/{n}">{t}</a></li>'
ITEM_9 = '<div class="item"><h4><a href="/x/{n}">{t}</a></h4><p>{x}</p></div>'
ITEM_10 = '<li class="ssrcss-qtbdxl"><a href="/news/{n}"><span>{t}</span></a></li>'
ITEM_11 = '<div class="ssrcss-promo"><p class="ssrcss-PromoHeadline"><a href="/news/p{n}">{t}</a></p><p class="ssrcss-sum">{x}</p></div>'
ITEM_12 = '<a href="{n}.htm">{t}</a><br>'
ITEM_13 = (
    '<div class="css-card"><a href="/c/{n}"><h3 class="css-h3">{t}</h3><p class="css-sum">{x}</p></a></div>'
)
ITEM_17 = '<div class="most__item"><a href="/y/{n}"><h4>{t}</h4></a><p>{x}</p></div>'
ITEM_18 = '<a class="feed__item" href="/f/{n}"><span>12:0{n}</span><span>{t}</span></a>'
ITEM_19 = '<div><a href="/z/{n}">{t}</a></div>'


def magazine_chapters(story: InventedStory) -> str:
    chapters = "".join(
        f"""<section class="chapter chapter--{n}"><h2>Chapter {n}</h2><div class="chapter__text">{ps(part)}</div>
        <figure><img src="{n}.jpg"><figcaption>{story.other("caption")}</figcaption></figure>
        <blockquote class="pullquote">{part[0].split(". ")[0]}</blockquote></section>"""
        for n, part in enumerate(halves(story.paragraphs, 5), 1)
    )
    cards = teasers(story, 3, ITEM_5)
    return page(
        story,
        f"""<header class="site-header">{menu()}</header><main><div class="opener"><h1>{story.headline}</h1>
        <p class="opener__dek">{story.standfirst}</p></div>{chapters}</main>
        <div class="next-stories"><h2>Read next</h2>{cards}</div>""",
    )


def magazine_columns(story: InventedStory) -> str:
    slots = '<div class="ad-slot"><span>Advertisement</span></div><div class="row row-full"><div class="asset-embed"></div></div>'
    parts = slots.join(
        f'<div class="body__container"><div class="body__inner">{ps(part)}</div></div>'
        for part in halves(story.paragraphs, 3)
    )
    return page(
        story,
        f"""<div class="main-content"><article class="article main-content"><div class="lead"><h1>{story.headline}</h1>
        <div class="dek">{story.standfirst}</div></div><div class="grid chunks"><div class="article__chunks">{parts}</div></div></article>
        <div class="grid-items"><h2>Most popular</h2>{teasers(story, 6, ITEM_6)}</div></div>""",
    )  # fmt: skip


def long_read_with_scenes(story: InventedStory) -> str:
    scenes = "".join(
        f'<div class="scene" id="s{n}"><div class="scene-inner {"dark" if n % 2 else "light"}">{ps(part)}</div></div>'
        for n, part in enumerate(halves(story.paragraphs, 6))
    )
    return page(
        story,
        f"""<nav>{menu()}</nav><div class="hero"><h1>{story.headline}</h1></div><div class="story">{scenes}</div>
        <div class="recirc"><article><h2><a href="/l/1">{story.teaser()}</a></h2><p>{story.other("teaser")}</p><p>{story.other("teaser")}</p>
        <p>{story.other("teaser")}</p></article></div>""",
    )  # fmt: skip


def live_blog(story: InventedStory) -> str:
    posts = "".join(
        f"""<article class="liveblog-post" id="p{n}"><header><time datetime="2026-05-01T1{n}:00Z">1{n}:00</time>
        <h3><a href="#p{n}">Update {n} from the river</a></h3></header><div class="liveblog-post__body">{ps(part)}</div></article>"""
        for n, part in enumerate(halves(story.paragraphs, 6))
    )
    rail = teasers(story, 5, ITEM_7)
    return page(
        story,
        f"""<header>{menu()}</header><main><h1>{story.headline}</h1><div class="liveblog-feed">{posts}</div></main>
        <aside class="rail"><h2>Latest</h2><ul>{rail}</ul></aside>""",
    )


def related_inside(story: InventedStory) -> str:
    first, second, third = halves(story.paragraphs, 3)
    box = f'<div class="inline-teaser"><a href="/i/1"><h4>{story.teaser()}</h4></a><p>{story.other("teaser")}</p></div>'
    links = f'<ul class="more-on-this">{teasers(story, 3, ITEM_8)}</ul>'
    return page(
        story,
        f"""<div class="page">{menu()}<div class="article"><h1>{story.headline}</h1><div class="article-body">
        {ps(first)}{box}{ps(second)}{links}{ps(third)}</div></div>
        <div class="related-stories"><h3>Related stories</h3>{teasers(story, 4, ITEM_9)}</div></div>""",
    )  # fmt: skip


def read_also_lines(story: InventedStory) -> str:
    words = {"uk": "Читайте також:", "pl": "Czytaj też:", "de": "Lesen Sie auch:"}.get(
        story.language, "Read also:"
    )
    lines = [f'<p><strong>{words} <a href="/a/{n}">{story.teaser()}</a></strong></p>' for n in range(3)]
    mixed = [ps(part) + line for part, line in zip(halves(story.paragraphs, 3), lines, strict=True)]
    return page(story, f'<div class="content"><h1>{story.headline}</h1><div class="article_text">{"".join(mixed)}</div></div>{menu()}')  # fmt: skip


def consent_first(story: InventedStory) -> str:
    layer = f'<div id="pur-abo-layer" class="pur-layer" role="dialog"><h2>Your data, your choice</h2>{ps(story.other("consent notice") for _ in range(6))}<button>Agree</button></div>'
    return page(story, f'{layer}<div id="wrap"><div class="post"><h1>{story.headline}</h1>{ps(story.paragraphs)}</div></div>')  # fmt: skip


def consent_last(story: InventedStory) -> str:
    layer = f'<div class="cookie-consent__overlay"><div class="inner">{ps(story.other("consent notice") for _ in range(9))}</div></div>'
    return page(story, f'<div class="post"><h1>{story.headline}</h1>{ps(story.paragraphs)}</div>{layer}')


def lead_in_header(story: InventedStory) -> str:
    return page(
        story,
        f"""<article class="article"><header class="article__header"><div class="kicker">River</div><h1>{story.headline}</h1>
        <p class="article__lead">{story.standfirst}</p><div class="article__meta">Ann Roe, 1 May 2026, 12:30</div></header>
        <section class="article__content">{ps(story.paragraphs)}</section></article>""",
    )


def lead_beside_body(story: InventedStory) -> str:
    return page(
        story,
        f"""<div id="top">{menu()}</div><div id="art"><div class="head"><h1>{story.headline}</h1></div>
        <div class="teaser-img"><img src="a.jpg"></div><div class="intro"><strong>{story.standfirst}</strong></div>
        <div class="txt">{"<br><br>".join(story.paragraphs)}</div></div>""",
    )


def hidden_parts(story: InventedStory) -> str:
    first, second = halves(story.paragraphs)
    hidden = "".join(
        f"<div {how}><p>{story.other('hidden text')}</p></div>"
        for how in (
            'class="d-none"',
            'style="color:red; display: none"',
            "hidden",
            'class="box is-hidden"',
            'class="sr-only"',
        )
    )
    return page(story, f"<article><h1>{story.headline}</h1>{ps(first)}{hidden}{ps(second)}</article>")


def text_blocks(story: InventedStory) -> str:
    def block(text: str) -> str:
        return f'<div data-component="text-block" class="ssrcss-11r1m41-RichTextComponentWrapper"><div class="ssrcss-7uxr49"><p class="ssrcss-1q0x1qg-Paragraph">{text}</p></div></div>'

    topics = teasers(story, 5, ITEM_10)
    promos = teasers(story, 6, ITEM_11)
    return page(
        story,
        f"""<header role="banner">{menu()}</header><main id="main-content"><article><header><h1>{story.headline}</h1></header>
        {"".join(map(block, story.paragraphs[:6]))}<div data-component="links-block"><p class="ssrcss-links-title">More on this</p><ul>{topics}</ul></div>
        {"".join(map(block, story.paragraphs[6:]))}</article></main><section class="ssrcss-related"><h2>Top stories</h2>{promos}</section>""",
    )  # fmt: skip


def table_layout(story: InventedStory) -> str:
    return page(
        story,
        f"""<table width="900"><tr><td colspan="3" bgcolor="#ccc"><font size="5">VALLEY TIMES</font></td></tr><tr>
        <td width="120">{menu()}</td><td><h1>{story.headline}</h1><font face="Arial">{"<br><br>".join(story.paragraphs)}</font></td>
        <td width="180">{teasers(story, 6, ITEM_12)}</td></tr></table>""",
    )


def hashed_classes(story: InventedStory) -> str:
    first, second = halves(story.paragraphs)
    box = f'<div class="css-kpp3bs"><h2 class="css-h">Our letter</h2><p class="css-9zx">{story.other("newsletter offer")}</p><a href="/mail">Subscribe</a></div>'
    cards = teasers(story, 5, ITEM_13)
    return page(
        story,
        f"""<div id="root"><div class="css-nav">{menu()}</div><div class="css-1ze5ky"><h1 class="css-t">{story.headline}</h1></div>
        <div class="css-body">{ps(first, ' class="css-1ix6vwn"')}{box}{ps(second, ' class="css-1ix6vwn"')}</div><div class="css-grid">{cards}</div></div>""",
    )


def short_with_many_comments(story: InventedStory) -> str:
    replies = "".join(
        f'<div class="reply-box"><b class="nick">user{n}</b><div class="reply-text">{story.other("opinion")} {story.other("opinion")}</div></div>'
        for n in range(15)
    )
    return page(
        story,
        f"""<div class="wrapper"><div class="news"><h1>{story.headline}</h1><div class="news-text">{ps(story.paragraphs)}</div></div>
        <div class="comments-block" id="comments"><h3>15 comments</h3>{replies}</div></div>""",
    )


def next_story_below(story: InventedStory) -> str:
    following = f'<article class="story"><h1>{story.teaser()}</h1><div class="story-text">{ps(story.other("next story") for _ in range(10))}</div></article>'
    return page(
        story,
        f'<div class="stream"><article class="story"><h1>{story.headline}</h1><div class="story-text">{ps(story.paragraphs)}</div></article>{following}</div>',
    )  # fmt: skip


def dense_sidebar(story: InventedStory) -> str:
    most = teasers(story, 8, ITEM_17)
    return page(
        story,
        f"""<div class="cols"><div class="col-left"><div class="most"><h3>Popular today</h3>{most}</div></div>
        <div class="col-main"><h1>{story.headline}</h1><div class="date">1 May 2026</div>{ps(story.paragraphs)}</div></div>
        <div class="bottom"><p>{story.other("notice about the publisher")}</p></div>""",
    )


def divs_for_paragraphs(story: InventedStory) -> str:
    divs = "".join(f'<div class="text__p"><span>{each}</span></div>' for each in story.paragraphs)
    return page(
        story,
        f"""<div class="site"><div class="top-line">{menu()}</div><section class="publication"><h1 class="publication__title">{story.headline}</h1>
        <div class="publication__text">{divs}</div><div class="publication__subscribe"><p>{story.other("offer")}</p></div></section>
        <section class="feed">{teasers(story, 8, ITEM_18)}</section></div>""",
    )  # fmt: skip


def help_box_below(story: InventedStory) -> str:
    help_ = "How to help: donations for the families are collected by River Aid at https://aid.example/river, every coin counts."
    story.paragraphs.append(help_)
    return page(
        story,
        f"""<div class="article"><h1>{story.headline}</h1><div class="article__main">{ps(story.paragraphs[:-1])}</div>
        <div class="article__infobox"><p>{help_}</p></div></div>{menu()}""",
    )


def list_in_story(story: InventedStory) -> str:
    items = "".join(f"<li>{each}</li>" for each in story.paragraphs[5:9])
    return page(
        story,
        f"""<article><h1>{story.headline}</h1>{ps(story.paragraphs[:5])}<ul>{items}</ul>{ps(story.paragraphs[9:])}</article>
        <section class="promo-strip">{teasers(story, 4, ITEM_19)}</section>""",
    )


def ukrainian_portal(story: InventedStory) -> str:
    item = "<div class=article_news_list><div class=article_time>12:0{n}</div><div class=article_title><a href=/n{n}>{t}</a></div></div>"
    blocks = "".join(
        f"<p>{each}</p>"
        + (
            f'<div class="article__read-also"><span>Читайте також</span><a href="/news/{n}">{story.teaser()}</a></div>'
            if n % 5 == 2
            else ""
        )
        for n, each in enumerate(story.paragraphs)
    )
    return page(
        story,
        f"""<div class="container"><div class="header">{menu()}</div><div class="columns"><div class="column-news">{teasers(story, 10, item)}</div>
        <div class="column-main"><article class="post"><h1 class="post__title">{story.headline}</h1><div class="post__time">1 травня, 12:00</div>
        <div class="post__text">{blocks}</div><div class="post__tags"><a href="/t">річка</a></div></article></div></div></div>""",
    )


def polish_portal(story: InventedStory) -> str:
    item = "<div class=rec-item><a href=/r{n}><span class=rec-title>{t}</span></a></div>"
    text = "".join(
        f"<p class=art_paragraph>{each}</p><div class=mobile-ad></div>" for each in story.paragraphs
    )
    return page(
        story,
        f"""<div id="page"><div class="art_header"><h1 class="art_title">{story.headline}</h1></div><div id="article_lead"><strong>{story.standfirst}</strong></div>
        <section class="art_content">{text}</section><div id="recommendations">{teasers(story, 6, item)}</div>
        <div class="opinions"><div class="opinion">{story.other("opinion")}</div></div></div>""",
    )


def graphics_between(story: InventedStory) -> str:
    chapters = "".join(
        f"""<section class="g-body" data-chapter="{n}"><h2 class="g-subhed">Part {n}</h2>{ps(part, " class=g-text")}
        <div class="g-graphic"><div class="g-label">{n * 11} km</div><p class="g-note">{story.other("note to a map")}</p></div></section>"""
        for n, part in enumerate(halves(story.paragraphs, 4))
    )
    item = "<article><h3><a href=/m{n}>{t}</a></h3><p>{x}</p></article>"
    return page(
        story,
        f"""<main id="story"><section class="g-hero"><h1>{story.headline}</h1></section>{chapters}</main>
        <section id="more-stories">{teasers(story, 5, item)}</section>""",
    )


def ticker(story: InventedStory) -> str:
    posts = "".join(
        f"""<div class="ticker-entry" data-id="{n}"><div class="ticker-time">1{n}:20 Uhr</div><h4 class="ticker-headline">Meldung {n}</h4>
        <div class="ticker-text"><p>{each}</p></div></div>"""
        for n, each in enumerate(story.paragraphs)
    )
    item = "<div class=teaser><a href=/t{n}>{t}</a><p>{x}</p></div>"
    return page(
        story,
        f"""<div class="ticker-page"><h1>{story.headline}</h1><p class="ticker-intro">{story.standfirst}</p><div class="ticker">{posts}</div>
        <div class="side">{teasers(story, 6, item)}</div></div>""",
    )


def links_between(story: InventedStory) -> str:
    def part(paragraphs: Sequence[str]) -> str:
        box = f'<div class="zn-body__read-more"><h5>Related article</h5><a href="/q"><img><span>{story.teaser()}</span></a></div>'
        return "".join(f'<div class="zn-body__paragraph">{each}</div>' for each in paragraphs) + box

    item = "<h3 class=cd__headline><a href=/c{n}>{t}</a></h3>"
    return page(
        story,
        f"""<section class="zn-body"><h1 class="pg-headline">{story.headline}</h1>{"".join(map(part, halves(story.paragraphs, 3)))}</section>
        <div class="pg-rail">{teasers(story, 5, item)}</div>""",
    )


def message_first(story: InventedStory) -> str:
    message = ps(story.other("privacy text") for _ in range(8))
    return page(
        story,
        f"""<div class="message-container" aria-modal="true"><div class="message">{message}<button>OK</button></div></div><div class="site">
        <div class="article-wrap"><h1>{story.headline}</h1><div class="art-txt">{ps(story.paragraphs)}</div></div></div>""",
    )
