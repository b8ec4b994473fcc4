<?php
/**
 * Installs WordPress into its empty database, activates the plugins that are given with their options, and prints a
 * password for the REST API: `php install.php <folder> '{ "wp-gatsby/wp-gatsby.php": { "option": {…} } }'`.
 */

define('WP_INSTALLING', true);
require $argv[1] . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';

add_filter('pre_wp_mail', '__return_true');
ob_start();
wp_install('A run', 'admin', 'admin@example.com', true, '', 'correct-horse-battery-0147');
wp_set_current_user(1);
foreach (json_decode($argv[2], true) as $plugin => $options) {
    foreach ($options as $name => $value) {
        update_option($name, $value);
    }
    $error = activate_plugin($plugin);
    if (is_wp_error($error)) {
        fwrite(STDERR, $error->get_error_message());
        exit(1);
    }
}
[$password] = WP_Application_Passwords::create_new_application_password(1, ['name' => 'run']);
ob_end_clean();
echo json_encode(['password' => $password, 'version' => get_bloginfo('version')]);
