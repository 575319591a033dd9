// SPDX-License-Identifier: Apache-2.0
package io.drover.app.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import io.drover.app.Roles;
import io.drover.app.Running;
import io.drover.app.cli.ConsoleClient;
import io.drover.app.config.DroverConfig;
import io.drover.lab.LabStack;
import io.drover.lab.conformance.Jvm;
import io.drover.lab.conformance.Peers;
import io.drover.runtime.config.Settings;
import java.net.URI;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A person moves a wave by the page alone, changes their mind about one VM, and commits the rest.
 */
@Timeout(420)
class PageIT {
  private static final String WAVE = "page/1";
  private static final List<String> VMS =
      List.of("shop-cache-01", "shop-queue-01", "fleet-gate-01");
  private static final String BACK = "shop-cache-01";

  /** Milliseconds that a step on the page may take; a journey has steps of some ten seconds. */
  private static final double PATIENCE = 150_000;

  @BeforeAll
  static void needed() {
    Peers.need("the page in a browser", Browser.missing());
    PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE);
  }

  @Test
  void aPersonMovesAWaveAndBringsOneVmBack(@TempDir Path folder) throws Exception {
    try (LabStack lab = LabStack.start(folder, List.of(Jvm.worker()));
        Running running =
            Running.start(
                Settings.read(
                    lab.writeConfiguration(folder.resolve("state"), 0), DroverConfig.class),
                EnumSet.allOf(Roles.class));
        Browser browser = Browser.start()) {
      running.awaitCaughtUp();
      plan(new ConsoleClient(URI.create(running.url()), running.token()), lab);
      Page page = browser.open(running.url() + "/#token=" + running.token());

      planned(page);
      begin(browser, page);
      back(browser, page);
      commit(browser, page);

      assertThat(page.url()).as("the token left the address").doesNotContain(running.token());
      assertThat(lab.estate().vm(BACK).poweredOn()).isTrue();
      assertThat(lab.estate().vm("shop-queue-01").poweredOn()).isFalse();
      assertThat(browser.complaints()).isEmpty();
      assertThat(browser.violations()).isEmpty();
    }
  }

  private static void plan(ConsoleClient console, LabStack lab) throws InterruptedException {
    int all = lab.estate().vms().size();
    while (console.get("/api/v1/inventory?kind=vm").size() < all
        || console.get("/api/v1/inventory?kind=storageclass").size() == 0) {
      Thread.sleep(100);
    }
    Map<String, Object> overrides = new HashMap<>();
    VMS.forEach(
        vm -> overrides.put(vm, Map.of("wave", 1, "networks", Map.of(), "probes", List.of())));
    console.post(
        "/api/v1/plans/page",
        Map.of(
            "waveSize",
            VMS.size(),
            "settings",
            Map.of("overrides", overrides, "bootBudget", "PT1M")));
  }

  /** The plan over time. */
  private static void planned(Page page) {
    page.getByRole(AriaRole.LINK, exactly("page")).click();
    assertThat(page.getByRole(AriaRole.IMG, new Page.GetByRoleOptions().setName("Waves over time")))
        .isVisible();
    page.getByRole(AriaRole.LINK, exactly("Drover")).click();
  }

  private static void begin(Browser browser, Page page) {
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName(WAVE + " proposed")).click();
    page.getByRole(AriaRole.BUTTON, exactly("Approve")).click();
    page.getByRole(AriaRole.BUTTON, exactly("Start")).click();
    assertThat(page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName(BACK)))
        .isVisible();
    browser.look(page, "wave");
  }

  private static void back(Browser browser, Page page) {
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName(BACK)).click();
    assertThat(state(page)).hasText("soaking", anyCase());
    browser.look(page, "vm");
    page.getByRole(AriaRole.BUTTON, exactly("Roll back")).click();
    Locator dialog = page.getByRole(AriaRole.DIALOG);
    assertThat(dialog).isVisible();
    browser.look(page, "confirm");
    dialog.getByRole(AriaRole.BUTTON, named("Do nothing")).click();
    assertThat(dialog).not().isVisible();
    assertThat(state(page)).hasText("soaking", anyCase());

    page.getByRole(AriaRole.BUTTON, exactly("Roll back")).click();
    Locator roll = dialog.getByRole(AriaRole.BUTTON, named("Roll back"));
    assertThat(roll).isDisabled();
    dialog.getByLabel("Reason").fill("the new one is too fast");
    dialog.getByLabel("Type").fill("shop-cache");
    assertThat(roll).isDisabled();
    dialog.getByLabel("Type").fill(BACK);
    roll.click();

    assertThat(state(page)).hasText("rolled back", anyCase());
    assertThat(page.getByLabel("Facts, newest first")).containsText("the new one is too fast");
    browser.look(page, "vm-rolled-back");
  }

  private static void commit(Browser browser, Page page) {
    page.getByLabel("Breadcrumb").getByRole(AriaRole.LINK).click();
    page.getByRole(AriaRole.BUTTON, exactly("Commit 2")).click();
    Locator dialog = page.getByRole(AriaRole.DIALOG);
    dialog.getByLabel("Type").fill(WAVE);
    dialog.getByRole(AriaRole.BUTTON, named("Commit")).click();
    assertThat(state(page)).hasText("ended", anyCase());
    assertThat(page.locator("td[data-label=State]").getByText("committed")).hasCount(2);
    browser.look(page, "wave-ended");
    page.getByRole(AriaRole.LINK, exactly("Drover")).click();
    browser.look(page, "waves");
  }

  /** The state beside the headline. */
  private static Locator state(Page page) {
    return page.locator(".headline .pf-v6-c-label__text");
  }

  private static Page.GetByRoleOptions exactly(String name) {
    return new Page.GetByRoleOptions().setName(name).setExact(true);
  }

  private static Locator.GetByRoleOptions named(String name) {
    return new Locator.GetByRoleOptions().setName(name);
  }

  private static LocatorAssertions.HasTextOptions anyCase() {
    return new LocatorAssertions.HasTextOptions().setIgnoreCase(true).setTimeout(PATIENCE);
  }
}
