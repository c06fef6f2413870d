/** Where the whiteboard's fonts are: said before it is loaded, for it would look for them on the internet otherwise. */
(window as { EXCALIDRAW_ASSET_PATH?: string }).EXCALIDRAW_ASSET_PATH = "/whiteboard/";
