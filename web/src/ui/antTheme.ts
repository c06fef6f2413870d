/** Ant Design in our colours: literal values, because its algorithms compute with them. */
import { theme, type ThemeConfig } from "antd";
import { dark, FONT, light } from "./tokens";

export type Scheme = "light" | "dark";
export type Terminal = "desktop" | "touch" | "phone";

const SIZES: Record<Terminal, { body: number; meta: number; lead: number; hit: number }> = {
  desktop: { body: 16, meta: 14, lead: 18, hit: 44 },
  touch: { body: 18, meta: 16, lead: 20, hit: 56 },
  phone: { body: 16, meta: 14, lead: 18, hit: 48 },
};

export function antTheme(scheme: Scheme, terminal: Terminal): ThemeConfig {
  const c = scheme === "dark" ? dark : light;
  const size = SIZES[terminal];
  return {
    algorithm: scheme === "dark" ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      colorPrimary: c.brand, colorInfo: c.brand, colorLink: c["brand-text"], colorLinkHover: c["brand-text"],
      colorPrimaryHover: c["brand-hover"], colorPrimaryBg: c["brand-soft"], colorPrimaryBorder: c["brand-line"],
      colorError: c.high, colorErrorText: c["high-text"], colorErrorBg: c["high-soft"], colorErrorBorder: c["high-line"],
      colorWarning: c["medium-shape"], colorWarningText: c["medium-text"], colorWarningBg: c["medium-soft"],
      colorWarningBorder: c["medium-line"],
      colorSuccess: c.ok, colorSuccessText: c["ok-text"], colorSuccessBg: c["ok-soft"], colorSuccessBorder: c["ok-line"],
      colorBgLayout: c.bg, colorBgContainer: c.surface, colorBgElevated: c.surface, colorFillAlter: c["surface-2"],
      colorFillSecondary: c["surface-3"], colorBgContainerDisabled: c["surface-3"],
      colorText: c.text, colorTextSecondary: c["text-2"], colorTextTertiary: c["text-3"], colorTextQuaternary: c["text-3"],
      colorTextPlaceholder: c["text-3"], colorTextDisabled: c["text-3"], colorTextDescription: c["text-3"],
      colorBorder: c["control-line"], colorBorderSecondary: c.line, colorSplit: c.line,
      fontFamily: FONT, fontSize: size.body, fontSizeSM: size.meta, fontSizeLG: size.lead,
      fontSizeHeading3: 20, fontSizeHeading1: 26, lineHeight: 1.5, fontWeightStrong: 600,
      controlHeight: size.hit, controlHeightSM: 44, controlHeightLG: 56, controlInteractiveSize: 22,
      borderRadius: 10, borderRadiusSM: 6, borderRadiusLG: 14,
      boxShadow: c.e3, boxShadowSecondary: c.e2, boxShadowTertiary: "none",
      motionDurationFast: ".12s", motionDurationMid: ".22s", motionDurationSlow: ".22s",
    },
    components: {
      Button: { fontWeight: 600, primaryShadow: "none", defaultShadow: "none", dangerShadow: "none" },
      Card: { bodyPadding: 20 },
      Table: { headerBg: c["surface-2"], cellPaddingBlock: 12 },
      Input: { activeBorderColor: c["brand-text"], hoverBorderColor: c["brand-text"], activeShadow: `0 0 0 1px ${c["brand-text"]}` },
      Select: { activeBorderColor: c["brand-text"], hoverBorderColor: c["brand-text"] },
      Segmented: { trackBg: c["surface-3"] },
      Layout: { siderBg: c.surface },
    },
  };
}
