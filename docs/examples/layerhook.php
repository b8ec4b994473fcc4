<?php
/**
 * Plugin Name: Layerhook
 * Description: Calls a Layerhook webhook once for each request in which published content changed.
 *
 * Copy this file to wp-content/mu-plugins, and add to wp-config.php the webhook's URL and its secret (Standard Webhooks):
 *
 *     define('LAYERHOOK_URL', 'https://…');
 *     define('LAYERHOOK_SECRET', 'whsec_…');
 */

if (!defined('ABSPATH')) {
    exit;
}

/** Remembers a change for the end of the request. Without one, returns what was remembered, the newest last. */
function layerhook_changes($change = null)
{
    static $changes = [];
    if ($change !== null) {
        $changes[] = $change;
    }
    return $changes;
}

/** Sends the changes of this request. Tries once more if the answer says so, or if there is none. */
function layerhook_send()
{
    $changes = layerhook_changes();
    if ($changes === [] || !defined('LAYERHOOK_URL') || !defined('LAYERHOOK_SECRET')) {
        return;
    }
    // The editor's save need not wait for the webhook.
    if (function_exists('fastcgi_finish_request')) {
        fastcgi_finish_request();
    }
    $last = end($changes);
    $body = wp_json_encode(['type' => $last['event'], 'data' => $last['data'], 'changes' => count($changes)]);
    $id = wp_generate_uuid4();
    $time = time();
    $key = base64_decode(preg_replace('/^whsec_/', '', LAYERHOOK_SECRET));
    $signature = base64_encode(hash_hmac('sha256', "$id.$time.$body", $key, true));
    $request = [
        'body' => $body,
        'timeout' => 5,
        'redirection' => 0,
        'headers' => [
            'content-type' => 'application/json',
            'webhook-id' => $id,
            'webhook-timestamp' => (string) $time,
            'webhook-signature' => "v1,$signature",
        ],
    ];
    for ($try = 1; $try <= 2; $try += 1) {
        $answer = wp_remote_post(LAYERHOOK_URL, $request);
        $status = wp_remote_retrieve_response_code($answer);
        if ($status !== '' && $status < 500) {
            break;
        }
    }
    if ($status !== 200) {
        error_log('Layerhook: ' . (is_wp_error($answer) ? $answer->get_error_message() : "the webhook answered $status"));
    }
}

/** The types of WordPress that visitors see as part of a page. */
const LAYERHOOK_PARTS = [
    'nav_menu_item',
    'wp_block',
    'wp_navigation',
    'wp_template',
    'wp_template_part',
    'wp_global_styles',
    'custom_css',
];

/**
 * Whether visitors see a type of post. Some plugins keep their own records as posts, such as orders. A type that has no
 * page in WordPress counts if the REST API or WPGraphQL gives it, because the site may be built from there. For another
 * choice:
 *
 *     add_filter('layerhook_is_content', fn ($is, $name) => $is || $name === 'price_list', 10, 2);
 */
function layerhook_is_content($name)
{
    $type = get_post_type_object($name);
    $is_read = $type && (is_post_type_viewable($type) || $type->show_in_rest || !empty($type->show_in_graphql));
    $is_content = in_array($name, LAYERHOOK_PARTS, true) || ($is_read && $type->show_ui);
    return (bool) apply_filters('layerhook_is_content', $is_content, $name);
}

add_action('transition_post_status', function ($new, $old, $post) {
    if (!layerhook_is_content($post->post_type) || ($new !== 'publish' && $old !== 'publish')) {
        return;
    }
    $event = $new === 'publish' ? 'content.published' : 'content.unpublished';
    $data = ['type' => $post->post_type, 'id' => (string) $post->ID, 'title' => $post->post_title];
    layerhook_changes(['event' => $event, 'data' => $data]);
}, 10, 3);

add_action('before_delete_post', function ($id, $post = null) {
    $post = $post ?: get_post($id);
    if ($post && $post->post_status === 'publish' && layerhook_is_content($post->post_type)) {
        $data = ['type' => $post->post_type, 'id' => (string) $id, 'title' => $post->post_title];
        layerhook_changes(['event' => 'content.deleted', 'data' => $data]);
    }
}, 10, 2);

add_action('shutdown', 'layerhook_send');
