"""All templates of sites. What they take from `story.teaser()` and `story.other()` is not the story."""

from tests.articles import newsrooms, programs
from tests.articles.invented import invented_story
from tests.articles.page_parts import Template

TEMPLATES: tuple[Template, ...] = (
    programs.wordpress_classic,
    programs.wordpress_foot_line,
    programs.wordpress_blocks,
    programs.elementor,
    programs.amp,
    programs.arc,
    programs.drupal,
    programs.joomla,
    programs.blogger,
    programs.ghost,
    programs.substack,
    programs.spip,
    newsrooms.magazine_chapters,
    newsrooms.magazine_columns,
    newsrooms.long_read_with_scenes,
    newsrooms.live_blog,
    newsrooms.related_inside,
    newsrooms.read_also_lines,
    newsrooms.consent_first,
    newsrooms.consent_last,
    newsrooms.lead_in_header,
    newsrooms.lead_beside_body,
    newsrooms.hidden_parts,
    newsrooms.text_blocks,
    newsrooms.table_layout,
    newsrooms.hashed_classes,
    newsrooms.short_with_many_comments,
    newsrooms.next_story_below,
    newsrooms.dense_sidebar,
    newsrooms.divs_for_paragraphs,
    newsrooms.help_box_below,
    newsrooms.list_in_story,
    newsrooms.ukrainian_portal,
    newsrooms.polish_portal,
    newsrooms.graphics_between,
    newsrooms.ticker,
    newsrooms.links_between,
    newsrooms.message_first,
)
SHOW_STANDFIRST = frozenset(
    {
        newsrooms.magazine_chapters,
        newsrooms.magazine_columns,
        newsrooms.lead_in_header,
        newsrooms.lead_beside_body,
        newsrooms.polish_portal,
        newsrooms.ticker,
        programs.drupal,
        programs.joomla,
        programs.ghost,
        programs.spip,
    }
)


def doubtful_page() -> str:
    """Return a page in which trafilatura reads another story than the one below the headline."""
    return newsrooms.long_read_with_scenes(invented_story(3, paragraphs=40))
