# ruff: noqa: E501  # HTML as sites write it
"""Pages as the usual programs for sites make them (WordPress, Drupal, Ghost …) around an invented story."""

from tests.articles.invented import InventedStory
from tests.articles.page_parts import menu, page, ps, teasers

# Teasers of other stories: {t} headline, {x} prose, {n} number.
ITEM_1 = '<div class="jp-relatedposts-post"><h4><a href="/?p={n}">{t}</a></h4><p>{x}</p></div>'
ITEM_2 = '<li><a href="/archive/{n}">{t}</a></li>'
ITEM_3 = '<li class="wp-block-post"><h3 class="wp-block-post-title"><a href="/n/{n}">{t}</a></h3><div class="wp-block-post-excerpt"><p class="wp-block-post-excerpt__excerpt">{x}</p></div></li>'
ITEM_4 = '<article class="elementor-post elementor-grid-item"><h3 class="elementor-post__title"><a href="/e/{n}">{t}</a></h3><div class="elementor-post__excerpt"><p>{x}</p></div></article>'
ITEM_14 = '<p><a href="/amp/{n}">{t}</a></p>'
ITEM_15 = '<div class="views-row"><div class="views-field-title"><a href="/node/{n}">{t}</a></div><div class="views-field-body">{x}</div></div>'
ITEM_16 = '<li><a href="/k/{n}">{t}</a></li>'


def wordpress_classic(story: InventedStory) -> str:
    related = teasers(story, 3, ITEM_1)
    replies = "".join(
        f'<li class="comment even depth-1"><div class="comment-body"><p>{story.other("comment")}</p></div></li>'
        for _ in range(6)
    )
    widgets = teasers(story, 5, ITEM_2)
    return page(
        story,
        f"""<div id="page" class="hfeed site"><header id="masthead"><p class="site-title"><a href="/">Valley Times</a></p>
        <nav class="main-navigation">{menu()}</nav></header><div id="content" class="site-content"><main id="main">
        <article id="post-7" class="post-7 post type-post hentry category-news"><header class="entry-header">
        <h1 class="entry-title">{story.headline}</h1><div class="entry-meta">Posted on <time>1 May 2026</time> by Ann</div></header>
        <div class="entry-content">{ps(story.paragraphs)}
        <div class="sharedaddy sd-sharing-enabled"><h3>Share this:</h3><ul><li><a href="?share=x">X</a></li></ul></div>
        <div id="jp-relatedposts"><h3>Related</h3>{related}</div></div>
        <footer class="entry-footer">Tags: <a href="/tag/river">river</a></footer></article>
        <nav class="post-navigation"><a href="/?p=6">{story.teaser()}</a></nav>
        <div id="comments"><h2>6 thoughts</h2><ol class="comment-list">{replies}</ol></div></main></div>
        <aside id="secondary" class="widget-area"><section class="widget"><h2>Archive</h2><ul>{widgets}</ul></section></aside>
        <footer id="colophon"><p>{story.other("notice")}</p></footer></div>""",
    )  # fmt: skip


def wordpress_foot_line(story: InventedStory) -> str:
    foot = f'<p>The post <a href="https://valley.example/river">{story.headline}</a> appeared first on <a href="https://valley.example">Valley Times</a>.</p>'
    story.noise.append("appeared first on")
    return page(story, f'<article><h1>{story.headline}</h1><div class="entry-content">{ps(story.paragraphs)}{foot}</div></article>')  # fmt: skip


def wordpress_blocks(story: InventedStory) -> str:
    query = teasers(story, 4, ITEM_3)
    return page(
        story,
        f"""<div class="wp-site-blocks"><header class="wp-block-template-part"><div class="wp-block-group">{menu()}</div></header>
        <main class="wp-block-group"><h1 class="wp-block-post-title">{story.headline}</h1>
        <div class="entry-content wp-block-post-content is-layout-flow">{ps(story.paragraphs[:4], ' class="wp-block-paragraph"')}
        <figure class="wp-block-pullquote"><blockquote><p>{story.paragraphs[2]}</p></blockquote></figure>
        {ps(story.paragraphs[4:], ' class="wp-block-paragraph"')}</div>
        <div class="wp-block-query"><h2>More posts</h2><ul class="wp-block-post-template">{query}</ul></div></main></div>""",
    )  # fmt: skip


def elementor(story: InventedStory) -> str:
    posts = teasers(story, 4, ITEM_4)
    wrap = '<section class="elementor-section"><div class="elementor-container"><div class="elementor-widget-wrap">'
    return page(
        story,
        f"""{wrap}<div class="elementor-widget elementor-widget-nav-menu">{menu()}</div></div></div></section>
        {wrap}<div class="elementor-widget elementor-widget-theme-post-title"><h1 class="elementor-heading-title">{story.headline}</h1></div>
        <div class="elementor-element elementor-widget elementor-widget-theme-post-content"><div class="elementor-widget-container">
        {ps(story.paragraphs)}</div></div></div></div></section>
        {wrap}<div class="elementor-widget elementor-widget-posts"><h2>You may like</h2>{posts}</div></div></div></section>""",
    )  # fmt: skip


def amp(story: InventedStory) -> str:
    return page(
        story,
        f"""<amp-sidebar id="side">{menu()}</amp-sidebar><main><article class="amp-wp-article"><header class="amp-wp-article-header">
        <h1 class="amp-wp-title">{story.headline}</h1></header><div class="amp-wp-article-content">{ps(story.paragraphs[:5])}
        <amp-ad width="300"></amp-ad>{ps(story.paragraphs[5:])}</div></article></main>
        <amp-list><div class="next">{teasers(story, 4, ITEM_14)}</div></amp-list>""",
    )


def arc(story: InventedStory) -> str:
    lines = "".join(
        f'<p class="c-paragraph">{each}</p>' + (f'<div class="c-interstitial"><a href="/s/{n}">{story.teaser()}</a></div>' if n % 4 == 3 else "")
        for n, each in enumerate(story.paragraphs)
    )  # fmt: skip
    bio = f'<div class="c-author-bio"><p>{story.other("portrait of the author")}</p></div>'
    return page(story, f'<main class="l-main"><h1 class="c-headline">{story.headline}</h1><article class="b-article-body">{lines}</article>{bio}</main>')  # fmt: skip


def drupal(story: InventedStory) -> str:
    view = teasers(story, 5, ITEM_15)
    return page(
        story,
        f"""<div class="dialog-off-canvas-main-canvas"><div class="region-header">{menu()}</div><main role="main">
        <div class="region region-content"><h1 class="page-header">{story.headline}</h1><article class="node node--type-article">
        <div class="field field--name-field-lead field__item">{story.standfirst}</div>
        <div class="clearfix text-formatted field field--name-body field__item">{ps(story.paragraphs)}</div></article>
        <div class="views-element-container"><h2>See also</h2>{view}</div></div></main></div>""",
    )


def joomla(story: InventedStory) -> str:
    return page(
        story,
        f"""<div id="k2Container" class="itemView"><div class="itemHeader"><h2 class="itemTitle">{story.headline}</h2></div>
        <div class="itemBody"><div class="itemIntroText"><p>{story.standfirst}</p></div><div class="itemFullText">{ps(story.paragraphs)}</div></div>
        <div class="itemLinks"><h3>Latest from Admin</h3><ul>{teasers(story, 4, ITEM_16)}</ul></div></div>""",
    )


def blogger(story: InventedStory) -> str:
    divs = "<div><br></div>".join(
        f"<div style='text-align: justify;'>{each}</div>" for each in story.paragraphs
    )
    return page(
        story,
        f"""<div class="content-outer"><div class="date-posts"><div class="post-outer"><div class="post hentry"><h3 class="post-title entry-title">
        {story.headline}</h3><div class="post-body entry-content">{divs}</div><div class="post-footer">Posted by Ann at 12:00</div></div></div></div>
        <div class="sidebar"><div class="widget BlogArchive"><h2>Archive</h2>{menu("May", "April", "March")}</div></div></div>""",
    )


def ghost(story: InventedStory) -> str:
    card = f'<div class="kg-card kg-bookmark-card"><a href="https://other.example/x"><div class="kg-bookmark-title">{story.teaser()}</div><div class="kg-bookmark-description">{story.other("bookmark")}</div></a></div>'
    item = "<article class=gh-card><a href=/x{n}><h3 class=gh-card-title>{t}</h3><p class=gh-card-excerpt>{x}</p></a></article>"
    return page(
        story,
        f"""<div class="gh-viewport"><header class="gh-head">{menu()}</header><main class="gh-main"><article class="gh-article post tag-news">
        <header class="gh-article-header gh-canvas"><span class="gh-article-tag">News</span><h1 class="gh-article-title">{story.headline}</h1>
        <p class="gh-article-excerpt">{story.standfirst}</p><section class="gh-article-meta"><h4 class="gh-author-name"><a href="/author/ann">Ann Roe</a></h4>
        <time>May 1</time></section></header><section class="gh-content gh-canvas">{ps(story.paragraphs[:5])}{card}{ps(story.paragraphs[5:])}</section></article></main>
        <section class="gh-container is-grid"><h2>Read more</h2><div class="gh-feed">{teasers(story, 4, item)}</div></section></div>""",
    )


def substack(story: InventedStory) -> str:
    offer = f'<div class="subscription-widget-wrap"><div class="preamble"><p>{story.other("offer")}</p></div></div>'
    replies = "".join(f'<div class="comment"><p>{story.other("reply")}</p></div>' for _ in range(8))
    return page(
        story,
        f"""<div id="entry"><div id="main"><div class="main-menu">{menu()}</div><div class="single-post-container"><article class="newsletter-post post">
        <div class="post-header"><h1 class="post-title published">{story.headline}</h1><div class="byline-wrapper"><a href="/@ann">Ann Roe</a> May 01, 2026</div></div>
        <div class="available-content"><div class="body markup">{ps(story.paragraphs[:6])}{offer}{ps(story.paragraphs[6:])}</div></div></article></div>
        <div class="comments-page"><h4>Discussion about this post</h4><div class="comment-list">{replies}</div></div></div></div>""",
    )


def spip(story: InventedStory) -> str:
    item = "<li><a href=spip{n}>{t}</a></li>"
    return page(
        story,
        f"""<div id="conteneur"><div id="navigation">{menu()}</div><div id="contenu"><div class="cartouche"><h1 class="titre">{story.headline}</h1>
        <p class="publication">mercredi 1er mai</p></div><div class="chapo"><p>{story.standfirst}</p></div><div class="texte">{ps(story.paragraphs)}</div>
        <div class="menu rubriques"><h2>Dans la même rubrique</h2><ul>{teasers(story, 7, item)}</ul></div></div><div id="pied"><p>{story.other("mention")}</p></div></div>""",
    )
