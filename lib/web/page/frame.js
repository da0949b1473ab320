/** What is there before the page's script runs. */

const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>cspread</title>
<link rel="icon" href="icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="app.css">
<script src="app.js" defer></script>
</head>
<body><noscript>This page needs JavaScript.</noscript></body>
</html>
`;

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><g fill="none" stroke="#2a78d6" stroke-width="1.5"><path d="M8 8 3 3M8 8l5-5M8 8v6"/></g><g fill="#2a78d6"><circle cx="8" cy="8" r="2.5"/><circle cx="3" cy="3" r="2"/><circle cx="13" cy="3" r="2"/><circle cx="8" cy="14" r="2"/></g></svg>`;

module.exports = { html, icon };
