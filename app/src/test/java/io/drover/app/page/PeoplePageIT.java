// SPDX-License-Identifier: Apache-2.0
package io.drover.app.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import io.drover.app.MemoryDrover;
import io.drover.app.cli.ConsoleClient;
import io.drover.lab.conformance.Peers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page of a console that others can reach, with four eyes and waves that fill a screen. */
@Timeout(180)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PeoplePageIT {
  private static final String WAVE = "herd/1";

  /** Of the first wave; more than a screen has. */
  private static final List<String> VMS =
      IntStream.rangeClosed(1, 22).mapToObj("web-%02d"::formatted).toList();

  private static final List<String> LATER = List.of("db-01", "db-02");

  @TempDir private static Path folder;
  private static MemoryDrover drover;
  private static Browser browser;
  private static ConsoleClient ada;

  @BeforeAll
  static void start() throws Exception {
    Peers.need("the page in a browser", Browser.missing());
    drover =
        new MemoryDrover(
            folder, Stream.of(VMS, LATER).flatMap(List::stream).toArray(String[]::new));
    PlaywrightAssertions.setDefaultAssertionTimeout(30_000);
    browser = Browser.start();
    ada = drover.console("ada");
    Map<String, Object> overrides = new HashMap<>();
    VMS.forEach(vm -> overrides.put(vm, Map.of("wave", 1)));
    LATER.forEach(vm -> overrides.put(vm, Map.of("wave", 2)));
    ada.post(
        "/api/v1/plans/herd",
        Map.of(
            "waveSize",
            VMS.size(),
            "settings",
            Map.of("maxInFlight", VMS.size(), "overrides", overrides)));
  }

  @AfterAll
  static void stop() throws Exception {
    if (browser != null) {
      browser.close();
    }
    if (drover != null) {
      drover.close();
    }
  }

  @AfterEach
  void leave() {
    browser.closePages();
  }

  private static String token(String person) throws IOException {
    return Files.readString(drover.token(person)).strip();
  }

  private static Page as(String person) throws IOException {
    return browser.open(drover.url() + "/#token=" + token(person));
  }

  private static Locator button(Page page, String name) {
    return page.getByRole(
        AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
  }

  private static Locator link(Page page, String name) {
    return page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName(name));
  }

  @Test
  @Order(1)
  void whoIsNotKnownSignsInByTheirToken() throws Exception {
    Page page = browser.open(drover.url());
    Locator form = page.getByRole(AriaRole.FORM, new Page.GetByRoleOptions().setName("Sign in"));
    assertThat(form).isVisible();
    assertThat(page.getByText("Waves")).hasCount(0);
    assertThat(button(page, "Stop everything")).hasCount(0);
    browser.look(page, "sign-in");

    page.getByLabel("Token").fill("not-a-token");
    button(page, "Sign in").click();
    assertThat(form.getByRole(AriaRole.ALERT)).hasText("Expected a known token, but got another.");

    page.getByLabel("Token").fill(token("ada") + " ");
    button(page, "Sign in").click();
    assertThat(page.locator(".person")).hasText("ada");
    assertThat(page.locator(".connection")).hasText("● live");
    assertThat(link(page, WAVE + " proposed")).isVisible();
    assertThat(page.content()).doesNotContain(token("ada"));
  }

  @Test
  @Order(2)
  void whoAskedForAPlanIsToldThatSomebodyElseApproves() throws Exception {
    Page asked = as("ada");
    link(asked, WAVE + " proposed").click();
    button(asked, "Approve").click();
    assertThat(asked.getByRole(AriaRole.ALERT))
        .containsText("ada asked for the plan, and four eyes");
    browser.look(asked, "refused");

    Page other = as("grace");
    link(other, WAVE + " proposed").click();
    button(other, "Approve").click();
    assertThat(other.getByText("approved by grace")).isVisible();
    button(other, "Start").click();
    assertThat(button(other, "Pause")).isVisible();
  }

  @Test
  @Order(3)
  void aVmOfALongWaveIsFound() throws Exception {
    drover.pass(Duration.ofMinutes(1));
    ada.post(
        "/api/v1/migrations/" + MemoryDrover.VCENTER + "/u-web-07/rollback",
        Map.of("reason", "the fan is loud"));
    drover.pass(Duration.ofMinutes(1));
    Page page = as("grace");
    link(page, WAVE).first().click();
    Locator rows = page.locator("tbody tr");
    Locator search = page.getByLabel("Find VMs by name, state, step or problem");
    assertThat(rows).hasCount(VMS.size());
    browser.look(page, "long-wave");

    search.fill("WEB-1");
    assertThat(rows).hasCount(10);
    search.fill("rolled back");
    assertThat(rows).hasCount(1);
    assertThat(rows).containsText("web-07");
    search.fill("fan is");
    assertThat(rows).containsText("web-07");
    search.fill("nobody");
    assertThat(page.getByText("No VM of this wave is like that.")).isVisible();
    assertThat(rows).hasCount(0);
    search.fill("");
    assertThat(rows).hasCount(VMS.size());
  }

  @Test
  @Order(4)
  void aPlanThatIsOutOfDateSaysWhyAndWhoMayApproveTheNext() throws Exception {
    Page page = as("grace");
    assertThat(link(page, "herd (out of date)")).isVisible();
    link(page, "herd/2 proposed").click();
    Locator notice = page.getByLabel("Out of date");
    assertThat(notice).containsText("Plan version 1 is out of date");
    assertThat(notice).containsText("drover plan replan herd");
    assertThat(notice).containsText("web-07 came back from wave herd/1");
    assertThat(notice).containsText("whoever plans again cannot approve");

    page.navigate(drover.url() + "/#/plans/herd");
    assertThat(
            page.getByRole(
                AriaRole.HEADING, new Page.GetByRoleOptions().setName("Plan herd, version 1")))
        .isVisible();
    assertThat(notice).containsText("web-07 came back from wave herd/1");
    browser.look(page, "plan-out-of-date");

    // Planned again, all of it goes, on the page that is open as well.
    ada.post("/api/v1/plans/herd/replan", Map.of());
    assertThat(
            page.getByRole(
                AriaRole.HEADING, new Page.GetByRoleOptions().setName("Plan herd, version 2")))
        .isVisible();
    assertThat(notice).hasCount(0);
    page.navigate(drover.url() + "/#/plans/none");
    assertThat(page.getByText("There is no plan none; see 'drover plan list'.")).isVisible();
  }

  @Test
  @Order(5)
  void whatMayBeOldIsSaidToBe() throws Exception {
    Page page = as("ada");
    Locator stale = page.getByText("has not answered since noon");
    assertThat(page.locator(".connection")).hasText("● live");
    assertThat(stale).hasCount(0);

    drover.trouble("Kafka at k:9092 has not answered since noon: see that the brokers are up.");
    assertThat(stale).isVisible();
    assertThat(link(page, WAVE).first()).isVisible();
    browser.look(page, "stale");
    button(page, "Stop everything").click();
    Locator dialog = page.getByRole(AriaRole.DIALOG);
    dialog.getByLabel("Reason").fill("smoke");
    dialog.getByLabel("Type").fill("STOP");
    dialog
        .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Stop everything"))
        .click();
    assertThat(page.getByRole(AriaRole.ALERT)).containsText("see that the brokers are up");

    // Nobody looks: the page lets its connection go, and catches up when somebody does again.
    seen(page, false);
    assertThat(page.locator(".connection")).hasText("○ connecting");
    drover.trouble(null);
    page.waitForTimeout(1_000);
    assertThat(page.getByRole(AriaRole.STATUS).getByText("has not answered since noon"))
        .hasCount(1);
    assertThat(page.locator(".connection")).hasText("○ connecting");
    seen(page, true);
    assertThat(page.locator(".connection")).hasText("● live");
    assertThat(page.getByRole(AriaRole.STATUS).getByText("has not answered since noon"))
        .hasCount(0);
  }

  private static void seen(Page page, boolean so) {
    page.evaluate(
        """
        seen => {
          Object.defineProperty(document, 'hidden', {get: () => !seen, configurable: true});
          document.dispatchEvent(new Event('visibilitychange'));
        }
        """,
        so);
  }

  @Test
  @Order(6)
  void nothingIsBrokenOrHardToUse() {
    assertThat(browser.complaints()).isEmpty();
    assertThat(browser.violations()).isEmpty();
  }
}
