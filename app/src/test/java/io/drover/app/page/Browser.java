// SPDX-License-Identifier: Apache-2.0
package io.drover.app.page;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import io.drover.lab.conformance.Peers;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The system's Chromium, driven by Playwright on the system's Node, with axe-core in every page.
 * The driver comes from npm ({@code app/src/test/page}) in place of the bundle of 200 MB with a
 * Node for each platform.
 */
final class Browser implements AutoCloseable {
  private static final Path MODULES = Path.of("src/test/page/node_modules").toAbsolutePath();
  private static final Path AXE = MODULES.resolve("axe-core/axe.min.js");
  private static final Path DRIVER = Path.of("target/playwright").toAbsolutePath();
  private static final Path PICTURES = Path.of("target/page");

  private final Playwright playwright;
  private final com.microsoft.playwright.Browser browser;
  private final BrowserContext context;
  private final List<String> complaints = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();

  private Browser() throws IOException {
    Path node = onPath("node");
    System.setProperty("playwright.cli.dir", driver(node).toString());
    playwright =
        Playwright.create(
            new Playwright.CreateOptions()
                .setEnv(
                    Map.of(
                        "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD",
                        "1",
                        "PLAYWRIGHT_NODEJS_PATH",
                        node.toString())));
    browser =
        playwright
            .chromium()
            .launch(
                new BrowserType.LaunchOptions()
                    .setExecutablePath(onPath("chromium"))
                    .setChromiumSandbox(false)
                    .setArgs(
                        List.of(
                            "--headless",
                            "--no-sandbox",
                            "--disable-gpu",
                            "--disable-quic",
                            "--no-first-run",
                            "--disable-background-networking",
                            "--disable-component-update",
                            "--disable-sync")));
    context =
        browser.newContext(
            new com.microsoft.playwright.Browser.NewContextOptions()
                .setViewportSize(1400, 900)
                .setReducedMotion(ReducedMotion.REDUCE)
                // A console for others has a certificate of a private authority here.
                .setIgnoreHTTPSErrors(true)
                .setLocale("en-GB"));
    context.addInitScript(AXE);
    Files.createDirectories(PICTURES);
  }

  /** Playwright looks for its driver once a process, so it outlives a test. */
  private static Path driver(Path node) throws IOException {
    Path driver = Files.createDirectories(DRIVER);
    link(driver.resolve("package"), MODULES.resolve("playwright-core"));
    link(driver.resolve("node"), node);
    return driver;
  }

  private static void link(Path link, Path to) throws IOException {
    try {
      Files.createSymbolicLink(link, to);
    } catch (FileAlreadyExistsException e) {
      // Of another test, in this process or beside it.
    }
  }

  /** What keeps it from starting here, or empty. */
  static Optional<String> missing() {
    return Peers.firstOf(
        Peers.tool("node"),
        Peers.tool("chromium"),
        Files.exists(AXE)
            ? Optional.empty()
            : Optional.of("no " + AXE + "; run npm ci in app/src/test/page"));
  }

  /** Starts it. */
  static Browser start() throws IOException {
    return new Browser();
  }

  private static Path onPath(String tool) {
    return Stream.of(System.getenv("PATH").split(":"))
        .map(dir -> Path.of(dir, tool))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow();
  }

  /** Opens a page; whatever it complains of in its console is kept. */
  Page open(String url) {
    Page page = context.newPage();
    page.setDefaultTimeout(60_000);
    page.onConsoleMessage(message -> {
      if (message.type().equals("error")) {
        complaints.add(message.text());
      }
    });
    page.onPageError(complaints::add);
    page.navigate(url);
    return page;
  }

  /**
   * Takes pictures of the screen, in light and dark and as on a phone, lets axe-core judge it, and
   * sees that nobody has to scroll sideways.
   */
  void look(Page page, String screen) {
    picture(page, screen);
    judge(page, screen);
    page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
    // Colours of buttons change gradually.
    page.waitForTimeout(400);
    picture(page, screen + "-dark");
    judge(page, screen + " in dark");
    page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
    for (int width : new int[] {1000, 420}) {
      page.setViewportSize(width, 800);
      picture(page, screen + "-" + width);
      if (!Boolean.TRUE.equals(
          page.evaluate(
              "document.documentElement.scrollWidth <= document.documentElement.clientWidth"))) {
        violations.add(screen + " is wider than " + width + " pixels");
      }
    }
    page.setViewportSize(1400, 900);
  }

  private static void picture(Page page, String name) {
    page.screenshot(new Page.ScreenshotOptions().setPath(PICTURES.resolve(name + ".png")));
  }

  private void judge(Page page, String screen) {
    Object found =
        page.evaluate(
            """
            async () => {
              const judged = await axe.run(document, {resultTypes: ['violations']});
              return judged.violations
                .filter(v => v.impact === 'serious' || v.impact === 'critical')
                .map(v => v.id + ': ' + v.help + ': ' + v.nodes.map(n => n.html).join(' | '));
            }
            """);
    if (found instanceof List<?> list) {
      list.forEach(violation -> violations.add(screen + ": " + violation));
    }
  }

  /** Closes all pages; whoever was signed in stays so. */
  void closePages() {
    context.pages().forEach(Page::close);
  }

  /**
   * What the pages said in their consoles as an error, a violated policy among it. That an answer
   * is a refusal the browser says by itself; the page shows it to the person.
   */
  List<String> complaints() {
    return complaints.stream()
        .filter(said -> !said.matches("Failed to load resource: .* status of (401|404|409|503) .*"))
        .toList();
  }

  /** Serious and critical findings of axe-core on all screens that were looked at. */
  List<String> violations() {
    return List.copyOf(violations);
  }

  @Override
  public void close() {
    context.close();
    browser.close();
    playwright.close();
  }
}
