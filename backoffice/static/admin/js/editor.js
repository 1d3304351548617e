/**
 * Turns every `<textarea data-editor>` into a rich-text editor. The text area stays the field of its form:
 * it holds what was typed at every moment somebody reads it, and it stays as it was until something is changed.
 *
 * What the text area says:
 *   data-editor       address of ckeditor5.js; when empty, the copy beside this script
 *   lang, dir         language and direction of the text (the interface speaks the language of the page)
 *   data-text-video   the word for a video
 *   data-text-image   the sentence for an image that cannot be taken
 * Without scripts, or when the editor cannot be loaded, it is a plain text area.
 */

const SYNC_AFTER = 200; // milliseconds without a key
const TEXTS = { video: "Video", image: "An image needs an address that starts with https://." };

// The spellings the server knows; of the video it keeps the id.
const ID = "(?!videoseries|live_stream)([\\w-]{11})(?![\\w-])";
const VIDEO = [
  new RegExp(`^(?:(?:m|music|gaming)\\.)?youtube(?:-nocookie)?\\.com/(?:watch(?:_popup)?/?\\?(?:[^#\\s]*&)?v=|(?:embed|shorts|live|watch|v|e)/)${ID}`, "i"),
  new RegExp(`^youtu\\.be/${ID}`, "i"),
];

const TOOLBAR = [
  "heading", "|", "bold", "italic", "link", "|", "bulletedList", "numberedList", "outdent", "indent", "|",
  "blockQuote", "insertTable", "insertImageViaUrl", "mediaEmbed", "horizontalLine", "|",
  "underline", "strikethrough", "code", "codeBlock", "removeFormat", "|", "undo", "redo", "|", "accessibilityHelp",
];

// Together they write every tag the server keeps, so that opening an older text and saving it loses nothing.
const PLUGINS = [
  "Essentials", "Paragraph", "Heading", "Bold", "Italic", "Underline", "Strikethrough", "Code", "CodeBlock", "Link", "AutoLink",
  "LinkImage", "List", "ListProperties", "Indent", "BlockQuote", "HorizontalLine", "Table", "TableToolbar", "TableCaption",
  "ImageBlock", "ImageInsertViaUrl", "ImageCaption", "ImageTextAlternative", "ImageToolbar", "MediaEmbed", "PasteFromOffice",
  "RemoveFormat", "Autoformat",
];

const CODE = {
  bash: "Shell", c: "C", cpp: "C++", cs: "C#", css: "CSS", diff: "Diff", go: "Go", html: "HTML", java: "Java",
  javascript: "JavaScript", json: "JSON", php: "PHP", python: "Python", ruby: "Ruby", rust: "Rust", sql: "SQL",
  typescript: "TypeScript", xml: "XML", yaml: "YAML",
};

const escaped = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The address an image can be loaded from, which is https only; null for what lies on this computer or nowhere. */
function imageAddress(typed) {
  const address = (typed || "").trim().replace(/^(?:http:)?\/\//i, "https://");
  return /^https:\/\/[^\s/]/i.test(address) ? address : null;
}

/** The interface's texts in the reader's language, or none: English needs no file, and a language without one reads English. */
async function translationsFor(language, editorAddress) {
  const code = language.toLowerCase().replace("_", "-");
  for (const candidate of new Set([code, code.split("-")[0]])) {
    if (candidate === "en") break;
    try {
      return [(await import(beside(editorAddress, `translations/${candidate}.js`))).default];
    } catch {
      // No such file; the shorter code is next.
    }
  }
  return [];
}

/** The address of a file in the editor's folder, with the version its own address carries. */
function beside(editorAddress, name) {
  const address = new URL(name, editorAddress);
  address.search = new URL(editorAddress).search;
  return address.href;
}

function settings(textarea, CKEditor, translations) {
  const say = (key) => textarea.dataset[`text${key[0].toUpperCase()}${key.slice(1)}`] || TEXTS[key];
  const interfaceLanguage = document.documentElement.lang || "en";
  const bar = document.querySelector(".bo-top");
  const barStays = bar && ["sticky", "fixed"].includes(getComputedStyle(bar).position);
  return {
    licenseKey: "GPL",
    attachTo: textarea,
    root: { label: labelOf(textarea), placeholder: textarea.placeholder || undefined },
    plugins: PLUGINS.map((name) => CKEditor[name]),
    language: { ui: interfaceLanguage.toLowerCase(), content: (textarea.lang || interfaceLanguage).toLowerCase() },
    ...(translations.length && { translations }),
    toolbar: { items: TOOLBAR },
    ui: { viewportOffset: { top: barStays ? bar.offsetHeight : 0 } },
    heading: {
      options: [
        { model: "paragraph", title: "Paragraph", class: "ck-heading_paragraph" },
        // The page's own title is the only h1; a pasted one becomes a section, deeper ones the smallest heading.
        { model: "heading2", view: "h2", title: "Heading 2", class: "ck-heading_heading2", upcastAlso: ["h1"] },
        { model: "heading3", view: "h3", title: "Heading 3", class: "ck-heading_heading3" },
        { model: "heading4", view: "h4", title: "Heading 4", class: "ck-heading_heading4", upcastAlso: ["h5", "h6"] },
      ],
    },
    codeBlock: {
      languages: [
        { language: "plaintext", label: "Plain text" },
        ...Object.entries(CODE).map(([language, label]) => ({ language, label })),
      ],
    },
    image: { toolbar: ["toggleImageCaption", "imageTextAlternative", "linkImage"], insert: { integrations: ["url"] } },
    link: { defaultProtocol: "https://", allowedProtocols: ["https?", "mailto"] },
    list: { enableListItemMarkerFormatting: false, properties: { styles: false, startIndex: true, reversed: false } },
    mediaEmbed: {
      previewsInData: false,
      providers: [{
        name: "youtube",
        url: VIDEO,
        // No foreign page inside the editor: the video is loaded by the reader's click, on the public page.
        html: ([, id]) => `<div class="bo-editor-video"><b>${escaped(say("video"))}</b> <bdi>${id}</bdi></div>`,
      }],
    },
    table: { contentToolbar: ["tableColumn", "tableRow", "mergeTableCells", "toggleTableCaption"] },
  };
}

function labelOf(textarea) {
  const label = textarea.labels?.[0];
  return (textarea.getAttribute("aria-label") || label?.textContent || "").replace(/\s+/g, " ").trim() || undefined;
}

/** An editor that writes into its text area only what somebody has changed: opening and saving changes no letter. */
function editorClass(ClassicEditor) {
  return class FieldEditor extends ClassicEditor {
    isChanged = false;

    updateSourceElement() {
      if (this.isChanged) this.sourceElement.value = this.getData({ skipListItemIds: true });
    }
  };
}

/** A strict content security policy refuses `style` attributes set as text; the same styles set as properties are fine. */
function styleByProperty(editor) {
  const intercept = (converter, style) => {
    const setAttribute = converter.setDomElementAttribute.bind(converter);
    converter.setDomElementAttribute = (element, key, ...rest) => (
      key === "style" ? style(element, ...rest) : setAttribute(element, key, ...rest)
    );
  };
  intercept(editor.editing.view.domConverter, (element, value) => { element.style.cssText = value ?? ""; });
  intercept(editor.data.processor.domConverter, () => {}); // the text has no styles
  // The same for the picture that follows the pointer while something is dragged.
  const besideScreen = document.createElement("div");
  besideScreen.style.cssText = "position: fixed; left: -999999px";
  document.body.append(besideScreen);
  editor.plugins.get("DragDrop")._previewContainer = besideScreen;
}

/** Images come by https address: what lies in the clipboard or on the writer's disk is left out, with a sentence. */
function refuseLocalImages(editor, complain) {
  editor.data.upcastDispatcher.on("element:img", (event, { viewItem }, { consumable }) => {
    if (imageAddress(viewItem.getAttribute("src"))) return;
    consumable.consume(viewItem, { name: true });
    event.stop();
    complain();
  }, { priority: "highest" });
  for (const name of ["insertImage", "replaceImageSource"]) {
    editor.commands.get(name)?.on("execute", (event, [options]) => {
      const address = imageAddress(options.source);
      if (address) {
        options.source = address;
        return;
      }
      event.stop();
      complain();
    }, { priority: "highest" });
  }
}

/** Texts from elsewhere hold `<pre>` without `<code>`; to the editor it is a block of code as well. */
function readBarePreformatted(editor) {
  editor.conversion.for("upcast").elementToElement({
    view: "pre",
    model: (element, { writer }) => (
      element.getChild(0)?.is("element", "code") ? null : writer.createElement("codeBlock", { language: "plaintext" })
    ),
    converterPriority: "low",
  });
}

/** The caption of an image has a name for screen readers, that of a table has none; it gets the words of its hint. */
function nameCaptions(editor) {
  editor.editing.downcastDispatcher.on("insert:caption", (event, { item }, { mapper, writer }) => {
    const caption = mapper.toViewElement(item);
    if (caption && !caption.hasAttribute("aria-label")) writer.setAttribute("aria-label", editor.t("Enter table caption"), caption);
  }, { priority: "lowest" });
}

/** The name of the first button says what it shows, so that people who speak to their computer can call it. */
function nameHeadingButton(editor) {
  const button = editor.ui.view.toolbar.items.first?.buttonView;
  if (!button) return;
  button.unbind("ariaLabel");
  button.bind("ariaLabel").to(button, "label", (shown) => `${shown}, ${editor.t("Heading")}`);
}

/** One sentence under the editor, read aloud, gone with the next change. */
function complaintUnder(editor, sentence) {
  const line = document.createElement("p");
  line.className = "bo-error";
  line.setAttribute("role", "alert");
  editor.ui.view.element.after(line);
  editor.model.document.on("change:data", () => { line.textContent = ""; }, { priority: "highest" });
  return () => setTimeout(() => { line.textContent = sentence; });
}

/** Keeps the text area equal to the editor, in both directions. */
function keepInStep(editor, textarea) {
  let waiting = 0;
  let own = false;
  const tell = (name) => {
    own = true;
    textarea.dispatchEvent(new Event(name, { bubbles: true }));
    own = false;
  };
  const sync = () => {
    clearTimeout(waiting);
    waiting = 0;
    const before = textarea.value;
    editor.updateSourceElement();
    if (textarea.value !== before) tell("input");
  };
  editor.model.document.on("change:data", () => {
    editor.isChanged = true;
    clearTimeout(waiting);
    waiting = setTimeout(sync, SYNC_AFTER);
  });
  let atFocus = textarea.value;
  editor.ui.focusTracker.on("change:isFocused", (event, name, isFocused) => {
    if (isFocused) {
      atFocus = textarea.value;
      return;
    }
    sync();
    if (textarea.value !== atFocus) tell("change");
  });
  addEventListener("pagehide", sync);
  document.addEventListener("visibilitychange", sync);
  textarea.form?.addEventListener("submit", sync, { capture: true });
  textarea.form?.addEventListener("formdata", ({ formData }) => {
    sync();
    if (textarea.name && !textarea.disabled) formData.set(textarea.name, textarea.value);
  });
  // Another script has put a text into the field, for example a draft that was kept.
  textarea.addEventListener("change", () => {
    if (own) return;
    editor.setData(textarea.value);
  });
  textarea.form?.addEventListener("reset", () => setTimeout(() => {
    editor.setData(textarea.value);
    editor.isChanged = false;
  }));
}

/** What assistive technology and the mouse knew about the text area holds for the editor. */
function inheritMarks(editor, textarea) {
  const view = editor.editing.view;
  view.change((writer) => {
    const root = view.document.getRoot();
    for (const name of ["dir", "aria-describedby", "aria-invalid", "aria-required"]) {
      if (textarea.hasAttribute(name)) writer.setAttribute(name, textarea.getAttribute(name), root);
    }
    if (textarea.required) writer.setAttribute("aria-required", "true", root);
  });
  // The browser cannot show its "fill in this field" at a hidden one and would only refuse to submit; the server asks.
  textarea.required = false;
  for (const label of textarea.labels ?? []) label.addEventListener("click", () => editor.focus());
  if (textarea.readOnly || textarea.disabled) editor.enableReadOnlyMode("field");
}

async function enhance(textarea) {
  const { editor: given } = textarea.dataset;
  const editorAddress = given
    ? new URL(given, document.baseURI).href
    : new URL("../../vendor/ckeditor/ckeditor5.js", import.meta.url).href;
  const hadFocus = document.activeElement === textarea;
  let editor;
  try {
    const [CKEditor, translations] = await Promise.all([
      import(editorAddress),
      translationsFor(document.documentElement.lang || "en", editorAddress),
    ]);
    const FieldEditor = editorClass(CKEditor.ClassicEditor);
    const configuration = settings(textarea, CKEditor, translations);
    let complain = () => {};
    // A plugin, because these have to stand before the first text is read.
    configuration.extraPlugins = [function House(editor) {
      return {
        afterInit() {
          styleByProperty(editor);
          readBarePreformatted(editor);
          nameCaptions(editor);
          refuseLocalImages(editor, () => complain());
        },
      };
    }];
    editor = await FieldEditor.create(configuration);
    complain = complaintUnder(editor, textarea.dataset.textImage || TEXTS.image);
    nameHeadingButton(editor);
    keepInStep(editor, textarea);
    inheritMarks(editor, textarea);
    if (hadFocus) editor.focus();
    textarea.dataset.editorIs = "ready";
  } catch (error) {
    await editor?.destroy();
    textarea.style.display = "";
    textarea.dataset.editorIs = "missing";
    console.warn("The editor did not start; the text stays a plain text area.", error);
  }
}

for (const textarea of document.querySelectorAll("textarea[data-editor]")) enhance(textarea);
