/** Where things are when nobody says otherwise. */
export const DEFAULT_DATA_DIR = '/var/lib/oakestra'
export const DEFAULT_CONFIG_FILE = '/etc/oakestra/oak.yaml'
